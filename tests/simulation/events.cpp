// SPDX-License-Identifier: BSL-1.0
#include "model_parts.hpp"
#include "modules.hpp"
#include <algorithm>
#include <coppice/gen_event.hpp>

namespace simulation {

using namespace coppice;

namespace {

class event_part;
event_part* the_events = nullptr;

struct happened {
    int number;
    counted alive = {};
};
struct name_yourself {
    using reply = int;
};

/// A handler.
class ear {
public:
    explicit ear(int id);
    ear(const ear&) = delete;
    ~ear();
    void handle_event(const happened& h);
    int handle_call(name_yourself) const { return id_; }
    int terminate(const exit_reason&);

private:
    const int id_;
    counted alive_;
};

using manager = gen_event<happened>;

class event_part final : public part {
public:
    explicit event_part(world& all) : part{all} { the_events = this; }
    ~event_part() override { the_events = nullptr; }
    bool has(op o) const override { return o >= op::add_handler && o <= op::ask_handler; }

    void start() override {
        if (!is_dead(manager_.process()))
            return;
        if (const auto r = try_start<manager>())
            manager_ = *r;
    }
    void strike(const step& s) override { part::strike(manager_.process(), s); }

    void act(player& who, const step& s, phase) override {
        const auto to = manager_;
        const pid server = to.process();
        switch (s.what) {
        case op::add_handler:
            return add(who, s);
        case op::swap_handler: {
            const int old = some_handler(s), id = make({}, old);
            const auto r = manager::try_swap_handler<ear, ear>(
                to, swap_options{.id = id_of(old), .new_id = id_of(id)}, id);
            if (!r && r.error().code == errc::start_failed && refuses(id))
                return;
            if (!r)
                return check_failure("swap_handler", r.error(), server, {});
            if (w.exact && !is_dead(server) && handlers_[index(id)].born == 0)
                wrong("swap_handler adds no handler");
            return must_be_gone(old, "swap_handler");
        }
        case op::delete_handler: {
            const int id = some_handler(s);
            const auto r = manager::try_delete_handler<ear>(to, id_of(id));
            if (r && *r != id)
                wrong("delete_handler returns what another handler said");
            if (!r && r.error().code != errc::not_found)
                return check_failure("delete_handler", r.error(), server, {});
            return must_be_gone(id, "delete_handler");
        }
        case op::ask_handler: {
            const int id = some_handler(s);
            const auto r = manager::try_call<ear>(to, name_yourself{}, id_of(id));
            if (r && *r != id)
                wrong("another handler answers a call");
            if (!r && r.error().code != errc::not_found)
                check_failure("a call of a handler", r.error(), server, {});
            return;
        }
        case op::notify:
            return manager::notify(to, happened{sent(who.me)});
        default: {
            const int number = sent(who.me);
            const auto r = manager::try_sync_notify(to, happened{number});
            if (!r)
                return check_failure("sync_notify", r.error(), server, {});
            const hold h{lock};
            for (const handler& x : handlers_)
                if (w.exact && x.is_there && x.born < sent_[index(number)].stamp &&
                    x.newest_event < number)
                    wrong("sync_notify returns before a handler has the event");
            return;
        }
        }
    }

    void received(model::life_id l, message& m) override {
        const auto* gone = m.get_if<handler_exit>();
        if (!gone)
            return;
        const hold h{lock};
        handler& x = handlers_[index(std::stoi(gone->id))];
        w.rules.course(23, index(std::stoi(gone->id)));
        if (x.owner != l && x.old == 0)
            wrong("a handler_exit comes to a process that does not supervise the handler");
        if (++x.exits_told > 1)
            wrong("the end of a handler is told twice");
        if (x.is_there)
            wrong("the end of a handler is told while it is there");
    }

    void at_rest() override {
        const bool lives = !is_dead(manager_.process());
        const std::uint64_t before = stamp_;
        const auto list = manager::try_which_handlers(manager_);
        const hold h{lock};
        if (lives && list && before == stamp_) { // no actor has gone on meanwhile
            std::vector<int> there;
            for (const handler_info& i : *list)
                there.push_back(std::stoi(i.id));
            if (there != order_)
                wrong("which_handlers and the model differ");
        }
        for (const handler& x : handlers_) {
            if (x.is_there && is_dead(x.manager))
                wrong("a handler is there when its manager has ended");
            if (x.is_there && x.owner != model::no_life && w.rules.is_over(x.owner))
                wrong("a handler is there when the process that supervises it has ended");
            if (x.born != 0 && !x.is_there && x.owner != model::no_life && w.rules.rests(x.owner) &&
                x.exits_told == 0 && !is_dead(x.manager))
                wrong("the process that supervises a handler is not told of its end");
        }
    }

    // --- told by the handlers, in the manager ---

    static bool refuses(int id) { return id % 7 == 6; }
    void comes(int id) {
        const hold h{lock};
        w.rules.course(24, index(id));
        handler& x = handlers_[index(id)];
        if (x.born != 0)
            wrong("a handler is constructed twice");
        x.born = ++stamp_;
        x.is_there = true;
        x.manager = this_process::self();
        order_.insert(order_.begin(), id);
    }
    void goes(int id) {
        const hold h{lock};
        w.rules.course(25, index(id));
        ++stamp_;
        handlers_[index(id)].is_there = false;
        std::erase(order_, id);
    }
    void terminates(int id) {
        const hold h{lock};
        if (++handlers_[index(id)].times_terminated > 1)
            wrong("a handler is told to terminate twice");
    }
    void hears(int id, int number) {
        const hold h{lock};
        w.rules.course(26, index(id), index(number));
        if (number != current_)
            next_event(number);
        while (at_ < expected_.size() && expected_[at_] != id &&
               !handlers_[index(expected_[at_])].is_there)
            ++at_;
        if (at_ == expected_.size() || expected_[at_] != id)
            wrong("an event reaches the handlers in another order, or one of them twice");
        ++at_;
        handlers_[index(id)].newest_event = number;
    }

private:
    struct handler {
        model::life_id owner = model::no_life; // none, or not known
        int old = 0;                           // whose place it takes
        std::uint64_t born = 0;
        bool is_there = false;
        pid manager = {};
        int newest_event = 0, times_terminated = 0, exits_told = 0;
    };
    struct sent_event {
        model::life_id from;
        std::uint64_t stamp;
        bool was_heard = false;
    };
    static std::size_t index(int number) { return static_cast<std::size_t>(number); }
    static handler_id id_of(int id) { return {std::to_string(id)}; }

    int make(std::optional<model::life_id> owner, int old = 0) {
        const hold h{lock};
        handlers_.push_back({.owner = owner.value_or(model::no_life), .old = old});
        return static_cast<int>(handlers_.size()) - 1;
    }
    int sent(model::life_id from) {
        const hold h{lock};
        sent_.push_back({from, ++stamp_});
        return static_cast<int>(sent_.size()) - 1;
    }
    int some_handler(const step& s) const {
        const hold h{lock};
        return order_.empty() ? 0 : order_[index(s.number) % order_.size()];
    }

    void add(player& who, const step& s) {
        const auto to = manager_;
        // The notice needs room in a mailbox, and actor 0 is linked with no process.
        const bool supervises = s.number % 2 && who.actor != 0 && w.actor_of(who.actor).bound == 0;
        const int id = supervises ? make(who.me) : make({});
        if (supervises) {
            w.rules.sends_itself(who.me);
            w.rules.may_be_linked(who.me, to.process());
        }
        const auto r = supervises ? manager::try_add_sup_handler<ear>(to, id_of(id), id)
                                  : manager::try_add_handler<ear>(to, id_of(id), id);
        if (!r && r.error().code == errc::start_failed && refuses(id))
            return;
        if (!r)
            return check_failure("add_handler", r.error(), to.process(), {});
        if (refuses(id))
            wrong("a handler whose constructor throws is added");
        const hold h{lock};
        if (w.exact && handlers_[index(id)].born == 0)
            wrong("add_handler adds no handler");
    }

    void must_be_gone(int id, const char* what) const {
        const hold h{lock};
        if (id != 0 && handlers_[index(id)].is_there)
            wrong(std::string{what} + " leaves the handler where it is");
    }

    void next_event(int number) {
        for (; at_ < expected_.size(); ++at_)
            if (handlers_[index(expected_[at_])].is_there)
                wrong("an event does not reach a handler");
        // Of one sender, or of all in virtual time.
        for (std::size_t later = index(number) + 1; later < sent_.size(); ++later)
            if (sent_[later].was_heard &&
                (w.exact || sent_[later].from == sent_[index(number)].from))
                wrong("two events change places");
        sent_[index(number)].was_heard = true;
        current_ = number;
        expected_ = order_;
        at_ = 0;
    }

    server_ref<manager> manager_;
    std::vector<handler> handlers_{1}; // number 0 is none
    std::vector<int> order_;           // of those that are there, the newest first
    std::vector<sent_event> sent_{1};
    std::uint64_t stamp_ = 0;
    int current_ = 0;
    std::vector<int> expected_; // who gets the current event
    std::size_t at_ = 0;
};

ear::ear(int id) : id_{id} {
    if (event_part::refuses(id))
        throw failed_on_purpose{};
    the_events->comes(id);
}
ear::~ear() {
    if (the_events)
        the_events->goes(id_);
}
int ear::terminate(const exit_reason&) {
    the_events->terminates(id_);
    return id_;
}
void ear::handle_event(const happened& h) {
    the_events->hears(id_, h.number);
    if ((h.number + id_) % 11 == 10)
        throw failed_on_purpose{};
    if ((h.number + id_) % 11 == 9)
        this_handler::remove();
}

} // namespace

std::unique_ptr<part> make_events(world& w) { return std::make_unique<event_part>(w); }

} // namespace simulation
