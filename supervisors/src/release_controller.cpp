// SPDX-License-Identifier: BSL-1.0
#include "release_controller.hpp"

#include "application_process.hpp"
#include "config_document.hpp"
#include "stop_children.hpp"
#include <coppice/blocking.hpp>
#include <coppice/process.hpp>
#include <coppice/process_info.hpp>
#include <coppice/receive.hpp>
#include <coppice/report.hpp>
#include <coppice/this_process.hpp>
#include <fmt/format.h>

namespace coppice::detail {

namespace {

using namespace std::chrono_literals;
using code = release_exit_code;

std::string text_of(time_span t) {
    return t.is_infinite()
               ? "infinity"
               : fmt::format(
                     "{} ms",
                     std::chrono::duration_cast<std::chrono::milliseconds>(t.length()).count());
}

/// Says to the service manager, as often as it wants, that processes run.
class watchdog_beat {
public:
    watchdog_beat(service_notifier notifier, time_span interval)
        : notifier_{std::move(notifier)}, interval_{interval} {
        handle_info(timeout{});
    }
    void handle_info(timeout) {
        notifier_.beat();
        this_process::idle_timeout(interval_);
    }

private:
    service_notifier notifier_;
    time_span interval_;
};

/// What SIGHUP asked for.
struct config_is_read {
    release_config config;
};

/// An application, as the controller sees it.
struct member {
    const application_type* type;
    std::shared_ptr<const void> config;
    pid master = {}; ///< null: not started yet, or it has exited
    pid tree = {};
    bool was_killed = false;  ///< by the controller
    bool is_changing = false; ///< its config_change runs
    std::size_t phases_done = 0;
};

class release_controller {
public:
    explicit release_controller(release_state& s) : s_{s} {
        for (std::size_t i = 0; i < s.plan.applications.size(); ++i)
            all_.push_back({.type = s.plan.applications[i], .config = s.config.of[i]});
    }

    void run() {
        this_process::trap_exit(true);
        if (start_all() && run_phases()) {
            s_.notifier.ready("running");
            is_up_ = true;
            begin_beats();
            main_ = s_.start_main();
            end_reload(); // one that was asked for meanwhile
            while (!decided_)
                receive_one(infinity);
        }
        s_.notifier.stopping();
        s_.begin_stopping();
        stop_all();
        if (beat_)
            beat_.exit(exit_reason::shutdown);
    }

private:
    // --- start ---

    bool start_all() {
        const priority level = this_process::info().priority;
        for (std::size_t i = 0; i < all_.size(); ++i) {
            member& m = all_[i];
            s_.notifier.status(fmt::format("starting {}", m.type->name));
            m.master =
                spawn({.link = true, .priority = level, .label = m.type->name},
                      [type = m.type, i, config = m.config] { run_application(*type, i, config); });
            const auto limit = s_.plan.start_timeout.after(this_process::now());
            while (!decided_ && !m.tree)
                if (!receive_one(time_limit{limit}))
                    too_slow(m, fmt::format("application `{}` did not start", m.type->name));
            if (decided_)
                return false;
            report_without_fail(severity::info, [&] {
                return application_started{std::string{m.type->name}, m.tree};
            });
        }
        return true;
    }

    bool run_phases() {
        for (member& m : all_)
            for (std::size_t k = 0; k < m.type->phase_count; ++k) {
                if (!m.master)
                    break; // a temporary one that has ended
                s_.notifier.status(
                    fmt::format("start phase {} of {}", m.type->phases[k], m.type->name));
                m.master.send(run_start_phase{k});
                const auto limit = s_.plan.start_timeout.after(this_process::now());
                while (!decided_ && m.master && m.phases_done == k)
                    if (!receive_one(time_limit{limit}))
                        too_slow(m, fmt::format("start phase `{}` of application `{}` did not end",
                                                m.type->phases[k], m.type->name));
                if (decided_)
                    return false;
            }
        return !decided_;
    }

    void too_slow(member& m, const std::string& what) {
        decide(code::start_timeout,
               fmt::format("{} within {}", what, text_of(s_.plan.start_timeout)));
        kill(m);
    }

    void begin_beats() {
        const auto interval = s_.notifier.beat_interval();
        if (!interval)
            return;
        auto beat = try_start_link<watchdog_beat>(s_.notifier, time_span{*interval});
        if (beat)
            beat_ = beat->process();
        else
            log::error("the service manager's watchdog will end this program: {}",
                       beat.error().reason);
    }

    // --- what comes ---

    /// The first one counts.
    void decide(code what, std::string why = {}) {
        if (std::exchange(decided_, true))
            return;
        s_.outcome = what;
        s_.why = std::move(why);
    }

    /// False: the time limit has passed.
    bool receive_one(time_limit limit) {
        return this_process::receive(
            [&](stop_program) { return decide(code::stopped), true; },
            [&](reload_program) { return begin_reload(), true; },
            [&](config_is_read c) { return take_config(std::move(c.config)), true; },
            [&](application_is_up a) {
                all_[a.application].tree = a.tree;
                return true;
            },
            [&](application_not_started a) {
                decide(code::not_started,
                       fmt::format("application `{}` did not start: {}",
                                   all_[a.application].type->name, a.why.text()));
                return true;
            },
            [&](start_phase_done p) { return phase_done(p), true; },
            [&](config_is_changed c) { return config_changed(std::move(c)), true; },
            [&](application_ends a) { return ends(all_[a.application], a.why, a.failed), true; },
            [&](exit_signal e) { return exited(e), true; }, after(limit, [] { return false; }));
    }

    void phase_done(const start_phase_done& p) {
        member& m = all_[p.application];
        if (p.failure)
            decide(code::not_started,
                   fmt::format("start phase `{}` of application `{}` failed: {}",
                               m.type->phases[m.phases_done], m.type->name, p.failure->text()));
        ++m.phases_done;
    }

    void ends(const member& m, const exit_reason& why, bool failed) {
        const restart_type type = m.type->type;
        report_without_fail(failed ? severity::error : severity::notice, [&] {
            return application_ended{std::string{m.type->name}, why, failed, type};
        });
        if (type == permanent || (type == transient && failed))
            decide(failed ? code::failed : code::stopped,
                   fmt::format("application `{}` {}: {}", m.type->name, failed ? "failed" : "ended",
                               why.text()));
    }

    void exited(const exit_signal& e) {
        if (e.from == main_) {
            main_ = {};
            s_.main_ended = !decided_ && e.reason.is_orderly();
            decide(e.reason.is_orderly() ? code::stopped : code::failed,
                   "main ended: " + e.reason.text());
        } else if (e.from == reader_)
            config_reader_exited(e.reason);
        for (member& m : all_)
            if (e.from == m.master) {
                m.master = {};
                change_ended(m); // if it has ended before
                // It exits by itself only after it has told why.
                if (!m.was_killed && !e.reason.is_orderly())
                    ends(m, e.reason, true);
            }
    }

    // --- SIGHUP ---

    void begin_reload() {
        if (!is_up_ || reader_ || changing_ > 0) {
            reload_again_ = true;
            return;
        }
        if (decided_)
            return;
        s_.notifier.reloading();
        changed_.clear();
        // A process of its own: a file on a slow disk must not delay a stop.
        reader_ = spawn_link([controller = this_process::self(), plan = s_.plan] {
            controller.send(config_is_read{blocking([&] { return read_release_config(plan); })});
        });
    }

    void config_reader_exited(const exit_reason& why) {
        reader_ = {};
        if (!why.is_orderly()) {
            log::error("the configuration could not be read again, and stays: {}", why);
            s_.notifier.ready("running");
        }
        if (changing_ == 0)
            end_reload();
    }

    void take_config(release_config now) {
        if (!now.errors.empty()) {
            s_.notifier.ready("running; the new configuration is wrong: " + now.errors.front());
            report_without_fail(severity::error, [&] {
                return configuration_rejected{s_.plan.config_file, std::move(now.errors)};
            });
            return;
        }
        for (std::size_t i = 0; i < all_.size(); ++i)
            offer_config(all_[i], std::move(now.of[i]));
        if (changing_ == 0)
            reloaded();
    }

    void offer_config(member& m, std::shared_ptr<const void> now) {
        if (!m.master || !now || m.type->same(m.config.get(), now.get()))
            return;
        if (m.type->takes_config_change) {
            ++changing_;
            m.is_changing = true;
            m.master.send(change_config{std::move(now)});
        } else {
            log::notice("the configuration of application {} has changed, but it has no "
                        "config_change: it takes effect at the next start of the program",
                        m.type->name);
            m.config = std::move(now); // so that it is said once
        }
    }

    void config_changed(config_is_changed c) {
        member& m = all_[c.application];
        if (c.failure)
            log::error("application {}: config_change failed, and its configuration counts as "
                       "unchanged: {}",
                       m.type->name, *c.failure);
        else {
            m.config = std::move(c.config);
            changed_.emplace_back(m.type->name);
        }
        change_ended(m);
    }

    void change_ended(member& m) {
        if (std::exchange(m.is_changing, false) && --changing_ == 0) {
            reloaded();
            if (!reader_)
                end_reload();
        }
    }

    void reloaded() {
        if (decided_)
            return; // the service manager has been told of the stop
        s_.notifier.ready("running");
        report_without_fail(severity::notice, [&] {
            return configuration_reloaded{s_.plan.config_file, changed_};
        });
    }

    // SIGHUP may have come again meanwhile.
    void end_reload() {
        if (std::exchange(reload_again_, false))
            this_process::self().send(reload_program{});
    }

    // --- stop ---

    void stop_all() {
        if (main_)
            stop_process(main_, 5s);
        for (std::size_t i = all_.size(); i-- > 0;)
            stop(all_[i]);
    }

    void stop(member& m) {
        if (!m.master && !m.tree)
            return;
        s_.notifier.status(fmt::format("stopping {}", m.type->name));
        const time_limit limit{s_.plan.stop_timeout.after(this_process::now())};
        if (m.master)
            m.master.send(stop_application{});
        while (m.master && receive_one(limit)) {}
        // A tree whose master was killed stops by itself.
        if (!m.master && (!m.tree || await_end(m.tree, limit)))
            return;
        s_.stop_was_late.store(true, std::memory_order_relaxed);
        print_error(fmt::format("application `{}` did not stop within {}: what still runs of it is "
                                "killed",
                                m.type->name, text_of(s_.plan.stop_timeout)));
        kill(m);
    }

    // The master first: a tree whose parent has ended stops in order, unless it is what hangs.
    void kill(member& m) {
        m.was_killed = true;
        const time_limit limit{time_span{2s}.after(this_process::now())};
        if (m.master)
            m.master.exit(exit_reason::kill);
        while (m.master && receive_one(limit)) {}
        if (m.tree && !await_end(m.tree, limit)) {
            m.tree.exit(exit_reason::kill);
            await_end(m.tree, 1s);
        }
        m.master = m.tree = {}; // what remains is killed when the runtime stops
    }

    static bool await_end(pid process, time_limit limit) {
        const monitor_ref watch = this_process::monitor(process);
        const bool ended = this_process::receive(
            when([&](const down& d) { return d.ref == watch; }, [](down) { return true; }),
            after(limit, [] { return false; }));
        if (!ended)
            this_process::demonitor(watch, this_process::flush::yes);
        return ended;
    }

    release_state& s_;
    std::vector<member> all_;
    pid main_;
    pid beat_; ///< null without a watchdog
    bool is_up_ = false;
    bool decided_ = false;

    pid reader_;                       ///< of the file
    std::size_t changing_ = 0;         ///< config_change functions that run
    std::vector<std::string> changed_; ///< by the current reload
    bool reload_again_ = false;
};

} // namespace

void release_state::run_master() { release_controller{*this}.run(); }

release_config read_release_config(const release_plan& plan) {
    config_document all{plan.config_file, plan.environment_prefix};
    std::vector<std::string_view> names;
    for (const application_type* a : plan.applications)
        names.push_back(a->name);
    all.check_sections(names);
    release_config config;
    for (const application_type* a : plan.applications) {
        const config_reader section = all.section(a->name);
        if (a->read)
            config.of.push_back(a->read(section));
        else {
            section.check_table({});
            config.of.push_back(nullptr);
        }
    }
    config.errors = all.errors();
    return config;
}

} // namespace coppice::detail
