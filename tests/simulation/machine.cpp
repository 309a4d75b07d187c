// SPDX-License-Identifier: BSL-1.0
#include "model_parts.hpp"
#include "modules.hpp"
#include "numbers.hpp"
#include <coppice/gen_statem.hpp>

namespace simulation {

using namespace coppice;
using namespace std::chrono_literals;

namespace {

class machine_part;
machine_part* the_machine = nullptr;

// Handled in `opened` alone: kept for it in three ways.
struct press {
    int number;
    counted alive = {};
};
struct knock {
    int number;
    counted alive = {};
};
struct question {
    int number;
    counted alive = {};
    using reply = answer;
};
/// To the other state.
struct turn {
    int number;
};
struct inner {
    int number;
};
struct looked_at {
    bool is_open, is_late;
};
struct look {
    using reply = looked_at;
};

class door {
public:
    struct closed {
        using postpone = messages<press, question>;
        counted alive = {};
    };
    struct opened {
        counted alive = {};
    };
    using states = std::variant<closed, opened>;

    void handle_cast(opened&, press p);
    void handle_cast(opened&, knock k) { handles(k.number); }
    void handle_cast(closed&, knock k) {
        must_be_done();
        this_state::postpone(this, std::move(k));
    }
    answer handle_call(opened&, question q) {
        handles(q.number);
        return {q.number};
    }
    opened handle_cast(closed&, turn t) {
        turns(t);
        if (t.number % 3 == 0) {
            this_state::timeout(3ms);
            due_ = in_wide(this_process::now() + 3ms);
        }
        return {};
    }
    closed handle_cast(opened&, turn t) {
        turns(t);
        due_.reset();
        return {};
    }
    closed handle_info(opened&, state_timeout);
    looked_at handle_call(const auto& state, look) {
        must_be_done();
        constexpr bool is_open = std::is_same_v<decltype(state), const opened&>;
        return {is_open, due_ && *due_ + tolerance < in_wide(this_process::now())};
    }
    void handle_continue(inner);
    void handle_enter(closed&) { enters(false); }
    void handle_enter(opened&) { enters(true); }

private:
    void must_be_done() const;
    void handles(int number);
    void turns(const turn& t);
    void enters(bool is_open);

    counted alive_;
    std::optional<int> inserted_; // what comes before anything else
    std::optional<wide> due_;
    bool is_open_ = false;
};

class machine_part final : public part {
public:
    explicit machine_part(world& all) : part{all} { the_machine = this; }
    ~machine_part() override { the_machine = nullptr; }
    bool has(op o) const override { return o >= op::press && o <= op::turn; }

    void start() override {
        if (!is_dead(door_.process()))
            return;
        if (const auto r = try_start<gen_statem<door>>())
            door_ = *r;
    }
    void strike(const step& s) override { part::strike(door_.process(), s); }

    void act(player& who, const step& s, phase) override {
        const auto to = door_;
        switch (s.what) {
        case op::press:
            if (s.number % 2)
                return to.cast(press{made(who.me)});
            return to.cast(knock{made(who.me)});
        case op::turn: {
            const hold h{lock};
            ++turns_;
        }
            return to.cast(turn{s.number});
        default: {
            const int number = made(who.me, true);
            const auto due = end_of_wait(s.number, this_process::now());
            const auto r = to.try_call(question{number}, limit_of(s.number));
            if (r && r->number != number)
                wrong("a caller of a machine gets the answer of another call");
            if (r && !event_of(number).times)
                wrong("a machine answers a call that it has not handled");
            if (!r)
                check_failure("a call of a machine", r.error(), to.process(), due);
            w.rules.must_not_be_late(who.me, "a call of a machine", due, this_process::now());
            return;
        }
        }
    }

    void at_rest() override {
        const auto to = door_;
        if (is_dead(to.process()))
            return;
        const std::size_t sent = events_.size();
        const int turns = turns_;
        auto seen = to.try_call(look{}, 1s);
        if (seen && seen->is_late)
            wrong("a state timeout does not come");
        if (seen && !seen->is_open) {
            to.cast(turn{1});
            seen = to.try_call(look{}, 1s);
        }
        if (is_dead(to.process()) || turns != turns_) // an answer has set an actor going
            return;
        if (!seen)
            wrong("a machine that lives does not answer");
        if (!seen->is_open)
            wrong("a machine does not move to the state that its handler returned");
        const hold h{lock};
        for (std::size_t i = 0; i < sent; ++i)
            if (const event& e = events_[i]; e.to == to.process() && e.times == 0 && !e.is_call)
                wrong("an event that was postponed, or sent, is not handled");
    }

    void handles(int number) {
        const hold h{lock};
        w.rules.course(22, static_cast<std::uint64_t>(number));
        event& e = event_of(number);
        if (e.to != this_process::self())
            wrong("an event reaches another machine");
        if (++e.times > 1)
            wrong("an event of a machine is handled twice");
        for (const event& later : events_) // of one sender, or of all in virtual time
            if (&later > &e && later.times && later.to == e.to && (w.exact || later.from == e.from))
                wrong("two events of a machine change places");
    }
    void says(const std::string& sentence) const { wrong(sentence); }

private:
    struct event {
        model::life_id from;
        pid to;
        bool is_call;
        int times = 0;
    };
    int made(model::life_id from, bool is_call = false) {
        const hold h{lock};
        events_.push_back({from, door_.process(), is_call});
        return static_cast<int>(events_.size()) - 1;
    }
    event& event_of(int number) { return events_[static_cast<std::size_t>(number)]; }

    server_ref<gen_statem<door>> door_;
    std::vector<event> events_;
    int turns_ = 0;
};

void door::must_be_done() const {
    if (inserted_)
        the_machine->says("an event comes before one that was inserted");
}

void door::handles(int number) {
    must_be_done();
    the_machine->handles(number);
}

void door::handle_cast(opened&, press p) {
    handles(p.number);
    if (p.number % 4 == 0) {
        inserted_ = p.number;
        this_process::continue_with(this, inner{p.number});
    }
}

void door::handle_continue(inner i) {
    if (inserted_ != i.number)
        the_machine->says("an inserted event comes twice, or another one");
    inserted_.reset();
}

void door::turns(const turn& t) {
    must_be_done();
    if (t.number % 13 == 12)
        throw failed_on_purpose{};
}

void door::enters(bool is_open) { is_open_ = is_open; }

door::closed door::handle_info(opened&, state_timeout) {
    must_be_done();
    if (!due_ || in_wide(this_process::now()) < *due_)
        the_machine->says("a state timeout comes that was not asked for, or early");
    if (!is_open_)
        the_machine->says("a state is not entered when the machine moves to it");
    due_.reset();
    return {};
}

} // namespace

std::unique_ptr<part> make_machine(world& w) { return std::make_unique<machine_part>(w); }

} // namespace simulation
