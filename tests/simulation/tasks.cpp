// SPDX-License-Identifier: BSL-1.0
#include "model_parts.hpp"
#include "modules.hpp"
#include "numbers.hpp"
#include <algorithm>
#include <coppice/async_stream.hpp>
#include <coppice/task_supervisor.hpp>

namespace simulation {

using namespace coppice;
using namespace std::chrono_literals;

namespace {

class task_part;
task_part* the_tasks = nullptr;

/// What a task's function does.
enum class course { returns, sleeps, throws, leaves, sleeps_long, yields, asks_another, stays };
constexpr int courses = 8;

int run_task(int number, int how, counted);

/// A task's handle; what becomes of the task when it ends is in the model.
struct handle {
    coppice::task<int> t;
    int number;

    handle(coppice::task<int> made, int n) : t{std::move(made)}, number{n} {}
    handle(handle&& o) noexcept : t{std::move(o.t)}, number{std::exchange(o.number, 0)} {}
    handle& operator=(handle&&) = delete;
    ~handle();
};
struct handles final : belongings {
    std::vector<handle> open;
};

class task_part final : public part {
public:
    explicit task_part(world& all) : part{all} { the_tasks = this; }
    ~task_part() override { the_tasks = nullptr; }
    bool has(op o) const override { return o >= op::async && o <= op::stream; }

    void start() override {
        if (!is_dead(supervisor_.process()))
            return;
        if (const auto r = try_start<task_supervisor>(dynamic_supervisor_flags{}))
            supervisor_ = *r;
    }
    void strike(const step& s) override { part::strike(supervisor_.process(), s); }

    void act(player& who, const step& s, phase when) override {
        auto& open = handles_of(who).open;
        switch (s.what) {
        case op::async:
            return begin(who, s);
        case op::await:
        case op::close_task: {
            if (open.empty())
                return;
            handle h = std::move(open.back());
            open.pop_back();
            return s.what == op::await ? await(who, s, when, std::move(h)) : close(s, std::move(h));
        }
        case op::await_many:
            return await_all(who, s);
        default:
            if (s.number % 4 == 3)
                return stream<true>(s);
            return stream<false>(s);
        }
    }

    void at_rest() override {
        const hold h{lock};
        for (const record& r : records_)
            if (r.process && !is_dead(r.process) && !r.has_handle && !r.is_ignored)
                wrong("a task runs on when its handle has ended");
    }

    // --- told by the tasks ---

    void begins(int number) {
        const hold h{lock};
        w.rules.course(27, static_cast<std::uint64_t>(number));
        record& r = of(number);
        if (++r.times > 1)
            wrong("a task runs twice");
        if (r.process && r.process != this_process::self())
            wrong("a task runs in another process than its handle says");
    }
    void returns(int number) {
        const hold h{lock};
        of(number).returned_at = in_wide(this_process::now());
    }
    void says(const std::string& sentence) const { wrong(sentence); }
    void loses_handle(int number) {
        const hold h{lock};
        of(number).has_handle = false;
    }
    int make() {
        const hold h{lock};
        records_.emplace_back();
        return static_cast<int>(records_.size()) - 1;
    }

private:
    struct record {
        pid process = {};
        int times = 0, outcomes = 0;
        std::optional<wide> returned_at = {};
        bool has_handle = true, is_ignored = false;
    };
    record& of(int number) { return records_[static_cast<std::size_t>(number)]; }

    static handles& handles_of(player& who) {
        if (!who.own_things)
            who.own_things = std::make_unique<handles>();
        return static_cast<handles&>(*who.own_things);
    }

    void begin(player& who, const step& s) {
        const int number = make(), how = s.number / 3 % courses;
        coppice::task<int> t;
        const bool is_linked = s.number % 3 == 0 && who.actor != 0;
        try {
            t = is_linked ? async_task(&run_task, number, how, counted{})
                : s.number % 3 == 2
                    ? task_supervisor::async_nolink(supervisor_, &run_task, number, how, counted{})
                    : async_nolink(&run_task, number, how, counted{});
        } catch (const call_error& e) {
            return check_failure("the start of a task", e.why(), supervisor_.process(), {});
        } catch (const std::logic_error&) { // the runtime stops
            return;
        }
        const pid process = t.process();
        if (is_linked)
            w.rules.may_be_linked(who.me, process);
        {
            const hold h{lock};
            of(number).process = process;
        }
        handles_of(who).open.emplace_back(std::move(t), number);
    }

    /// The task has an outcome, the first one.
    void outcome(
        player& who, int number, const result<int>& r, std::optional<wide> due, const char* what) {
        const hold h{lock};
        record& x = of(number);
        const auto now = this_process::now();
        if (++x.outcomes > 1)
            wrong("a task has two outcomes");
        if (r) {
            if (*r != number)
                wrong("a task gives the value of another task");
            if (!x.returned_at)
                wrong("a task gives a value that its function has not returned");
            if (x.process && !is_dead(x.process))
                wrong("the value of a task is there, and the task has not ended");
        } else if (r.error().code == errc::timeout) {
            w.rules.must_not_be_early(what, due, now);
            if (w.exact && x.returned_at && due && *x.returned_at + tolerance < *due)
                wrong("a task has returned in time, and its value is lost");
        } else if (r.error().code != errc::exited && r.error().code != errc::not_running) {
            wrong("a task fails in a way that is not its own: " +
                  std::string{to_string(r.error().code)});
        } else if (w.exact && x.process && !is_dead(x.process))
            wrong("a task is said to have ended, and it lives");
        else if (w.exact && x.process && r.error().reason != w.rules.reason_of(x.process))
            wrong("a task fails with another reason than it ended with: " +
                  r.error().reason.text());
        w.rules.must_not_be_late(who.me, what, due, now);
    }

    void await(player& who, const step& s, phase when, handle h) {
        const auto due = end_of_wait(s.number, this_process::now());
        const pid process = h.t.process();
        // An answer that is there is given to a process that has swallowed its exit, too.
        const bool waits = !h.t.ready() && due != in_wide(this_process::now());
        const auto waited = [&](const char* what) {
            if (waits)
                w.rules.waited(who.me, when, what);
        };
        switch (s.target % 3) {
        case 0: {
            const auto r = h.t.try_await(limit_of(s.number));
            waited("await");
            return outcome(who, h.number, r, due, "await of a task");
        }
        case 1: {
            const auto r = h.t.yield(limit_of(s.number));
            waited("yield");
            if (r)
                return outcome(who, h.number, *r, due, "yield of a task");
            w.rules.must_not_be_early("yield of a task", due, this_process::now());
            handles_of(who).open.push_back(std::move(h)); // it may be asked again
            return;
        }
        default: {
            const auto r = h.t.shutdown(limit_of(s.number));
            waited("shutdown");
            if (!is_dead(process))
                wrong("shutdown of a task returns before it has ended");
            if (r)
                return outcome(who, h.number, *r, std::nullopt, "shutdown of a task");
            if (w.exact && w.rules.reason_of(process) != exit_reason::shutdown)
                wrong("a task is said to have ended by shutdown, and has not");
            return;
        }
        }
    }

    void close(const step& s, handle h) {
        const pid process = h.t.process();
        switch (s.number % 3) {
        case 0: // by the end of its handle
            return;
        case 1: {
            const auto r = h.t.ignore();
            const hold here{lock};
            of(h.number).is_ignored = true;
            if (r && r->has_value() && **r != h.number)
                wrong("a task gives the value of another task");
            return;
        }
        default: {
            const auto r = h.t.shutdown(brutal_kill);
            if (!is_dead(process))
                wrong("shutdown of a task returns before it has ended");
            if (r && r->has_value() && **r != h.number)
                wrong("a task gives the value of another task");
            return;
        }
        }
    }

    void await_all(player& who, const step& s) {
        auto& open = handles_of(who).open;
        const auto due = end_of_wait(s.number, this_process::now());
        // In a vector of its own: a step cannot change the list meanwhile, but an exit may.
        std::vector<handle> mine = std::move(open);
        open.clear();
        std::vector<coppice::task<int>> all;
        for (handle& h : mine)
            all.push_back(std::move(h.t));
        const auto give_back = [&] {
            for (std::size_t i = 0; i < all.size(); ++i)
                mine[i].t = std::move(all[i]);
        };
        std::vector<int> values;
        try {
            values = coppice::await_many(all, limit_of(s.number));
        } catch (const call_error& e) {
            give_back(); // each may be asked still
            open = std::move(mine);
            if (e.why().code == errc::timeout)
                w.rules.must_not_be_early("await_many", due, this_process::now());
            else if (e.why().code != errc::exited && e.why().code != errc::not_running)
                wrong("await_many fails in a way that is not its own: " +
                      std::string{to_string(e.why().code)});
            w.rules.must_not_be_late(who.me, "await_many", due, this_process::now());
            return;
        }
        if (values.size() != mine.size())
            wrong("await_many gives more values than tasks, or less");
        for (std::size_t i = 0; i < values.size(); ++i)
            outcome(who, mine[i].number, values[i], due, "await_many");
    }

    // --- streams ---

    struct stream_model {
        int salt;
        std::array<std::atomic<int>, 8> times{};
    };
    static course course_of(int salt, int i) {
        constexpr course all[] = {course::returns, course::sleeps, course::throws,
                                  course::sleeps_long, course::yields};
        return all[(salt + i) % 5];
    }
    static int value_of(int salt, int i) { return salt * 100 + i; }

    template <bool Supervised>
    void stream(const step& s) {
        const int count = 1 + s.number % 7, salt = s.number / 2;
        const bool ordered = s.number % 2 != 0, leaves_early = s.number % 5 == 4;
        const bool ends_at_timeout = s.number % 11 == 10;
        auto model = std::make_shared<stream_model>();
        model->salt = salt;
        const auto each = [model, here = this, c = counted{}](int i) {
            if (++model->times[static_cast<std::size_t>(i)] > 1)
                here->wrong("an element of a stream is computed twice");
            take_course(course_of(model->salt, i));
            return value_of(model->salt, i);
        };
        std::vector<int> elements;
        for (int i = 0; i < count; ++i)
            elements.push_back(i);
        const stream_options how{.max_concurrency = 1 + static_cast<std::size_t>(s.target) % 3,
                                 .ordered = ordered,
                                 .timeout = 3ms,
                                 .on_timeout =
                                     ends_at_timeout ? on_timeout::exit : on_timeout::fail};
        std::vector<result<int>> got;
        const auto take = [&](auto&& results) {
            for (auto& r : results) {
                got.push_back(std::move(r));
                if (leaves_early && got.size() == 2)
                    return false;
            }
            return true;
        };
        bool is_whole = false;
        try {
            if constexpr (Supervised)
                is_whole = take(task_supervisor::async_stream(supervisor_, elements, each, how));
            else
                is_whole = take(async_stream(elements, each, how));
        } catch (const call_error& e) {
            if (!(ends_at_timeout && e.why().code == errc::timeout) && !Supervised)
                throw;
            if constexpr (Supervised)
                if (e.why().code != errc::timeout)
                    check_failure("a stream", e.why(), supervisor_.process(), {});
        } catch (const std::logic_error&) { // the runtime stops
            return;
        }
        check_stream(salt, count, ordered, is_whole, Supervised, got);
    }

    void check_stream(int salt,
                      int count,
                      bool ordered,
                      bool is_whole,
                      bool may_be_struck,
                      const std::vector<result<int>>& got) const {
        if (is_whole && got.size() != static_cast<std::size_t>(count))
            wrong("a stream gives more results than elements, or less");
        if (got.size() > static_cast<std::size_t>(count))
            wrong("a stream gives more results than elements");
        std::vector<int> times(static_cast<std::size_t>(count));
        for (std::size_t n = 0; n < got.size(); ++n) {
            if (!got[n]) {
                if (ordered)
                    check_failed(course_of(salt, static_cast<int>(n)), got[n].error(),
                                 may_be_struck);
                continue;
            }
            const int i = *got[n] - salt * 100;
            if (i < 0 || i >= count || ++times[static_cast<std::size_t>(i)] > 1)
                wrong("a stream gives the value of an element twice, or another value");
            if (ordered && i != static_cast<int>(n))
                wrong("a stream gives its results in another order");
        }
    }
    void check_failed(course c, const failure& why, bool may_be_struck) const {
        if (!w.exact || may_be_struck)
            return;
        if (c == course::throws ? why.code != errc::exited
                                : c != course::sleeps_long || why.code != errc::timeout)
            wrong("an element of a stream fails that must not: " +
                  std::string{to_string(why.code)});
    }

public:
    static void take_course(course c) {
        switch (c) {
        case course::sleeps:
            return this_process::sleep(1ms);
        case course::sleeps_long:
            return this_process::sleep(20ms);
        case course::stays:
            return this_process::sleep(1h);
        case course::throws:
            throw failed_on_purpose{};
        case course::leaves:
            return this_process::exit(exit_reason{"bang"});
        case course::yields:
            return this_process::yield();
        case course::returns:
        case course::asks_another:
            return;
        }
    }

private:
    server_ref<task_supervisor> supervisor_;
    std::deque<record> records_{1};
};

int run_task(int number, int how, counted) {
    the_tasks->begins(number);
    if (static_cast<course>(how) == course::asks_another) {
        const int other = the_tasks->make();
        handle h{async_task(&run_task, other, static_cast<int>(course::sleeps), counted{}), other};
        if (h.t.await() != other)
            the_tasks->says("a task gives the value of another task");
    } else
        task_part::take_course(static_cast<course>(how));
    the_tasks->returns(number);
    return number;
}

handle::~handle() {
    if (number == 0 || !the_tasks)
        return;
    { const coppice::task<int> ends_here{std::move(t)}; }
    the_tasks->loses_handle(number);
}

} // namespace

std::unique_ptr<part> make_tasks(world& w) { return std::make_unique<task_part>(w); }

} // namespace simulation
