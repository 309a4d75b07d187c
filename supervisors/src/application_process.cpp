// SPDX-License-Identifier: BSL-1.0
#include "application_process.hpp"

#include "application_master.hpp"
#include "stop_children.hpp"
#include <coppice/detail/contained.hpp>
#include <coppice/log.hpp>
#include <coppice/receive.hpp>
#include <coppice/supervisor.hpp>
#include <coppice/this_process.hpp>

namespace coppice::detail {

namespace {

/// Calls a function of the user's, and returns why it failed; nothing when it returned.
template <class F>
std::optional<exit_reason> call_hook(F f) {
    const contained c = contain([](void* p) { (*static_cast<F*>(p))(); }, &f);
    switch (c.how) {
    case contained::end::returned:
        return std::nullopt;
    case contained::end::ignored:
        return exit_reason{"ignore"};
    case contained::end::failed:
        return c.reason;
    }
    return std::nullopt;
}

class application_process {
public:
    application_process(const application_type& type, std::size_t index)
        : type_{type}, index_{index}, parent_{this_process::parent()} {}

    void run(const void* config) {
        if (const auto why = start(config)) {
            parent_.send(application_not_started{index_, *why});
            return;
        }
        parent_.send(application_is_up{index_, tree_});
        serve();
    }

private:
    std::optional<exit_reason> start(const void* config) {
        supervisor_spec spec;
        if (auto why = call_hook([&] {
                application_ = type_.make();
                spec = application_->start(config);
            }))
            return why;
        auto tree = try_start_link<supervisor>(spec.flags, std::move(spec.children));
        if (!tree)
            return tree.error().reason;
        tree_ = tree->process();
        return std::nullopt;
    }

    // Until the application has stopped.
    void serve() {
        while (tree_)
            this_process::receive(
                [&](run_start_phase p) {
                    auto why = call_hook([&] { application_->start_phase(p.phase); });
                    parent_.send(start_phase_done{index_, std::move(why)});
                },
                [&](change_config c) {
                    auto why = call_hook([&] { application_->config_change(c.config.get()); });
                    parent_.send(config_is_changed{index_, std::move(c.config), std::move(why)});
                },
                [&](stop_application) { stop(); },
                [&](application_master::tree_stops t) { tell_end(t.why, t.gave_up); },
                [&](exit_signal e) { ended(e); });
    }

    void stop() {
        report("prep_stop", call_hook([&] { application_->prep_stop(); }));
        stop_process(tree_, infinity); // the parent limits the time
        finish();
    }

    void ended(const exit_signal& e) {
        if (e.from == tree_) {
            tell_end(e.reason, false); // no effect after a `tree_stops`
            finish();
        } else if (e.from == parent_)
            this_process::exit(e.reason); // the release is over, and the tree ends with its parent
    }

    void tell_end(const exit_reason& why, bool gave_up) {
        if (!std::exchange(has_told_end_, true))
            parent_.send(application_ends{index_, why, gave_up || !why.is_orderly()});
    }

    void finish() {
        tree_ = {};
        report("stop", call_hook([&] { application_->stop(); }));
    }

    // A stop goes on whatever fails in it.
    void report(std::string_view hook, const std::optional<exit_reason>& why) {
        if (why)
            log::error("application {}: {} failed: {}", type_.name, hook, *why);
    }

    const application_type& type_;
    std::size_t index_;
    pid parent_;
    std::unique_ptr<application_object> application_;
    pid tree_;
    bool has_told_end_ = false;
};

} // namespace

void run_application(const application_type& type,
                     std::size_t index,
                     const std::shared_ptr<const void>& config) {
    this_process::trap_exit(true);
    const application_master::registration here;
    application_process{type, index}.run(config.get());
}

} // namespace coppice::detail
