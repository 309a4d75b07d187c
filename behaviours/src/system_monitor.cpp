// SPDX-License-Identifier: BSL-1.0
#include <coppice/gen_server.hpp>
#include <coppice/process_info.hpp>
#include <coppice/system_monitor.hpp>
#include <map>
#include <optional>
#include <stdexcept>

namespace coppice::detail {
namespace {

using duration = time_limit::clock::duration;
using time_point = time_limit::clock::time_point;

constexpr std::size_t most_notices_a_look = 100;

struct look_now {};

[[noreturn]] void refuse_options(const std::string& why) {
    throw std::invalid_argument{"coppice: system_monitor: " + why};
}

/// Zero and `infinity` never come.
bool is_asked(time_span t) noexcept { return t != time_span{} && !t.is_infinite(); }

void check_handled(bool asked, bool handled, const std::string& notice) {
    if (asked && !handled)
        refuse_options(notice + " is asked for, and the owner has no handle_info(" + notice + ")");
}

void check(pid owner, const system_monitor_options& o, const notice_senders& by) {
    const auto [low, high] = o.long_message_queue;
    if (!owner)
        refuse_options("the owner is a null pid");
    if (low > high)
        refuse_options("long_message_queue.low is " + std::to_string(low) +
                       ", above high, which is " + std::to_string(high));
    if (o.long_handler < time_span{} || o.long_wait < time_span{})
        refuse_options("a time is negative; what is not wanted is 0");
    if (o.interval <= time_span{} || o.interval.is_infinite())
        refuse_options("the interval must be more than 0, and end");
    if (high == 0 && !is_asked(o.long_handler) && !is_asked(o.long_wait))
        refuse_options(
            "nothing is asked for: set long_message_queue.high, long_handler or long_wait");
    check_handled(high != 0, by.queue != nullptr, "long_message_queue");
    check_handled(is_asked(o.long_handler), by.handler != nullptr, "long_handler");
    check_handled(is_asked(o.long_wait), by.wait != nullptr, "long_wait");
}

/// What is known of a process for a notice about it.
process_snapshot describe(pid who) {
    if (auto known = process_info_from_outside(who))
        return std::move(*known);
    process_snapshot gone;
    gone.process = who;
    return gone;
}

/// The process of a monitor.
class watcher {
public:
    static constexpr bool keep_state_on_error = true; // memory: it looks again

    watcher(pid owner, const system_monitor_options& o, const notice_senders& by)
        : owner_{owner}, options_{o}, send_{by} {
        (void)this_process::monitor(owner);
        if (o.long_message_queue.high != 0)
            counts_.emplace();
        look_later();
    }

    void handle_info(look_now) {
        look_later(); // first, so that an error ends nothing
        look();
    }
    void handle_info(const down&) { this_process::stop(); }

private:
    struct wait {
        std::uint64_t which = 0;
        time_point since{};
        std::uint64_t seen_at = 0; // in looks
        bool told = false;
    };
    struct step {
        seen_thread runs;
        time_point since{};
        bool told = false;
    };

    void look_later() { this_process::self(this).send_after(options_.interval, look_now{}); }

    void look() {
        ++looks_;
        left_ = most_notices_a_look;
        now_ = this_process::now();
        if (counts_ || is_asked(options_.long_wait))
            look_at_processes();
        if (is_asked(options_.long_handler))
            look_at_threads();
    }

    void look_at_processes() {
        found_.clear();
        see_processes(
            [](void* self, const seen_process& p) { static_cast<watcher*>(self)->see(p); }, this);
        for (const seen_process& p : found_)
            tell_of_process(p);
        forget_the_gone();
    }

    /// It must not suspend: what is worth a notice is told behind the look.
    void see(const seen_process& p) {
        if (p.process == this_process::self())
            return;
        bool is_worth_it = false;
        if (counts_) {
            const auto at = over_.find(p.process);
            if (at != over_.end())
                at->second = looks_;
            is_worth_it = at == over_.end() ? p.messages > options_.long_message_queue.high
                                            : p.messages <= options_.long_message_queue.low;
        }
        if (is_asked(options_.long_wait) && p.waits_for)
            is_worth_it |= has_waited(p);
        if (is_worth_it)
            found_.push_back(p);
    }

    bool has_waited(const seen_process& p) {
        wait& w = waits_[p.process];
        if (w.seen_at == 0 || w.which != p.which_wait)
            w = {.which = p.which_wait, .since = now_};
        w.seen_at = looks_;
        return !w.told && now_ - w.since >= options_.long_wait;
    }

    void tell_of_process(const seen_process& p) {
        if (counts_) {
            const bool was_over = over_.contains(p.process);
            const auto [low, high] = options_.long_message_queue;
            if (!was_over && p.messages > high && tell_of_queue(p, true))
                over_[p.process] = looks_;
            else if (was_over && p.messages <= low && tell_of_queue(p, false))
                over_.erase(p.process);
        }
        const auto at = waits_.find(p.process);
        if (at != waits_.end() && at->second.seen_at == looks_ && !at->second.told &&
            now_ - at->second.since >= options_.long_wait)
            at->second.told = tell_of_wait(p, now_ - at->second.since);
    }

    bool tell_of_queue(const seen_process& p, bool over) {
        process_snapshot i = describe(p.process);
        return tell(send_.queue, long_message_queue{.process = p.process,
                                                    .name = std::move(i.name),
                                                    .type = std::move(i.type),
                                                    .messages = p.messages,
                                                    .over = over});
    }
    bool tell_of_wait(const seen_process& p, duration waited) {
        process_snapshot i = describe(p.process);
        return tell(send_.wait, long_wait{.process = p.process,
                                          .name = std::move(i.name),
                                          .type = std::move(i.type),
                                          .handling = std::move(i.handling),
                                          .waits_for = p.waits_for,
                                          .for_room = p.waits_for_room,
                                          .waited = waited});
    }

    /// A look that did not find them has found that they exited, or that their call is over.
    void forget_the_gone() {
        std::erase_if(over_, [this](const auto& o) { return o.second != looks_; });
        std::erase_if(waits_, [this](const auto& w) { return w.second.seen_at != looks_; });
    }

    void look_at_threads() {
        const std::vector<seen_thread> all = see_threads();
        threads_.resize(all.size());
        for (std::size_t i = 0; i < all.size(); ++i)
            look_at_thread(threads_[i], all[i]);
    }

    void look_at_thread(step& before, const seen_thread& now) {
        if (before.runs.step != now.step || before.runs.process != now.process)
            before = {.runs = now, .since = now_};
        const duration ran = now_ - before.since;
        if (now.step == 0 || before.told || ran < options_.long_handler ||
            now.process == this_process::self())
            return;
        process_snapshot i = describe(now.process);
        before.told = tell(send_.handler, long_handler{.process = now.process,
                                                       .name = now.process ? std::move(i.name)
                                                                           : "a handler of Asio",
                                                       .type = std::move(i.type),
                                                       .handling = std::move(i.handling),
                                                       .ran = ran});
    }

    template <class M>
    bool tell(notice_sender<M> by, M&& notice) {
        if (left_ == 0 || !by(owner_, std::move(notice)))
            return false; // it is looked at again
        --left_;
        return true;
    }

    pid owner_;
    system_monitor_options options_;
    notice_senders send_;
    std::optional<deep_push_watch> counts_;
    std::uint64_t looks_ = 0;
    std::size_t left_ = 0; // notices that this look may send
    time_point now_{};
    std::vector<seen_process> found_;
    std::map<pid, std::uint64_t> over_; // told of; and at which look they were seen last
    std::map<pid, wait> waits_;
    std::vector<step> threads_;
};

template <class M>
notice_sender<M> notice_by_pid() noexcept {
    return [](pid owner, M&& m) {
        return post_now(owner, make_envelope<message_envelope<M>>(std::move(m)));
    };
}

} // namespace

notice_senders notices_by_pid() noexcept {
    return {.queue = notice_by_pid<long_message_queue>(),
            .handler = notice_by_pid<long_handler>(),
            .wait = notice_by_pid<long_wait>()};
}

pid start_system_monitor(pid owner, const system_monitor_options& o, const notice_senders& by) {
    check(owner, o, by);
    return coppice::start<watcher>(owner, o, by).process();
}

} // namespace coppice::detail
