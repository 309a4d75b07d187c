// SPDX-License-Identifier: BSL-1.0
#include "model_parts.hpp"
#include "modules.hpp"
#include "server.hpp"
#include <algorithm>
#include <coppice/registry.hpp>
#include <list>

namespace simulation {

using namespace coppice;

namespace {

constexpr int keys_in_use = 3;

struct row {
    int key;
    pid process;
    int value;
};
struct change {
    bool is_registration;
    std::string registry;
    int key;
    pid process;
    bool operator==(const change&) const = default;
};

class registry_part;
registry_part* the_registries = nullptr;

/// Hears of what is registered.
class listener {
public:
    void handle_cast(key_registered<int> e) { hears({true, e.registry, e.key, e.process}); }
    void handle_cast(key_unregistered<int> e) { hears({false, e.registry, e.key, e.process}); }

private:
    static void hears(const change& c);
    counted alive_;
};

class registry_part final : public part {
public:
    explicit registry_part(world& all) : part{all} { the_registries = this; }
    ~registry_part() override { the_registries = nullptr; }

    bool has(op o) const override { return o >= op::key && o <= op::dispatch; }

    void start() override {
        const hold h{lock};
        if (listener_.process() && !is_dead(listener_.process()))
            return;
        if (const auto r = try_start<listener>()) {
            listener_ = *r;
            log_.clear();
            heard_ = 0;
            born_under_key_.clear();
            heard_of_.clear();
            for (claim& c : claims_)
                c.is_older_than_listener = true;
            one_.add_listener(listener_);
            many_.add_listener(listener_);
        }
    }
    void strike(const step& s) override { part::strike(listener_.process(), s); }

    void act(player& who, const step& s, phase) override {
        // Not under the lock of the model: a listener that is far behind makes its sender wait.
        const int key = s.number / 2 % keys_in_use;
        const pid about = s.number % 2 ? w.pid_of(s.target) : this_process::self();
        switch (s.what) {
        case op::key:
            return registered(one_, one_rows_, {key, about, s.number});
        case op::share:
            return registered(many_, many_rows_, {key, about, s.number});
        case op::unkey:
            one_.unregister_key(key, about);
            return unregistered("one", one_rows_, key, about, [](const row&) { return true; });
        case op::unshare: {
            if (s.number % 5 != 4) {
                many_.unregister_key(key, about);
                return unregistered("many", many_rows_, key, about,
                                    [](const row&) { return true; });
            }
            const auto odd = [](int value) { return value % 2 != 0; };
            (void)many_.unregister_if(key, odd);
            return unregistered("many", many_rows_, key, this_process::self(),
                                [&](const row& r) { return odd(r.value); });
        }
        case op::value:
            return change_value(who, key);
        case op::lookup:
            return look_up(key, about);
        default:
            return dispatch(key);
        }
    }

    /// A server that was started under a key has it before its constructor runs.
    void born(player& who) override {
        const hold h{lock};
        const auto mine = std::find_if(claims_.begin(), claims_.end(), [&](const claim& c) {
            return c.actor == who.actor && c.starter == this_process::parent();
        });
        if (mine == claims_.end() || mine->is_born)
            return;
        if (one_.keys(this_process::self()) != std::vector<int>{mine->key})
            wrong("a server that is started under a key does not have it in its constructor");
        one_rows_.push_back({mine->key, this_process::self(), 0});
        if (!mine->is_older_than_listener)
            born_under_key_.push_back(this_process::self());
        mine->is_born = true;
    }
    result<server_ref<server>> start_under_key(int actor, int number) {
        const int key = number % keys_in_use;
        if (!w.exact) // the model does not follow a start beside other threads
            return try_start<server>({.name = one_(key)}, actor);
        const bool was_claimed = is_claimed(key), was_taken = has_key(key);
        const auto mine = claims_.insert(claims_.end(), {actor, key, this_process::self()});
        struct at_end {
            std::list<claim>& all;
            std::list<claim>::iterator mine;
            ~at_end() { all.erase(mine); }
        } const over{claims_, mine};
        auto r = try_start<server>({.name = one_(key)}, actor);
        if (!r && r.error().code == errc::already_started && !was_taken && !was_claimed)
            wrong("a server is refused a key that is free");
        if (r && !mine->is_born)
            wrong("a server is started, and its constructor has not run");
        return r;
    }

    void ended(pid p) override {
        dead_.ended(p);
        const hold h{lock};
        const auto is_its = [&](const row& r) { return r.process == p; };
        std::erase_if(one_rows_, is_its);
        std::erase_if(many_rows_, is_its);
        if (!one_.keys(p).empty() || !many_.keys(p).empty())
            wrong("a process ends and a registry still shows it");
    }

    void at_rest() override {
        const hold h{lock};
        for (int key = 0; key < keys_in_use; ++key) {
            look_up(key, {});
            dispatch(key);
        }
        if (listener_.process() && !is_dead(listener_.process()) && heard_ != log_.size())
            wrong("a listener does not hear of a registration or of its end");
        for (const pid p : born_under_key_)
            if (listener_.process() && !is_dead(listener_.process()) &&
                std::count(heard_of_.begin(), heard_of_.end(), p) != 1)
                wrong("a listener does not hear of a server that was started under a key");
    }

    void hears(const change& c) {
        const hold h{lock};
        if (!w.exact || this_process::self() != listener_.process())
            return;
        w.rules.course(20, static_cast<std::uint64_t>(c.key));
        if (heard_ != log_.size() && log_[heard_] == c)
            ++heard_;
        else if (c.is_registration &&
                 std::count(heard_of_.begin(), heard_of_.end(), c.process) == 0)
            heard_of_.push_back(c.process); // the model does not see when a start claims the key
        else
            wrong("a listener hears of what did not happen, or in another order");
    }

private:
    /// Between the claim of a key and the constructor the model does not know who has it.
    bool is_claimed(int key) const {
        return std::any_of(claims_.begin(), claims_.end(),
                           [&](const claim& c) { return c.key == key && !c.is_born; });
    }
    bool has_key(int key) const {
        return std::any_of(one_rows_.begin(), one_rows_.end(),
                           [&](const row& r) { return r.key == key; });
    }

    template <class R>
    void registered(R& in, std::vector<row>& rows, const row& r) {
        const bool is_unique = &rows == &one_rows_;
        const bool was_dead = is_dead(r.process);
        const auto got = in.try_register_key(r.key, r.process, r.value);
        const hold h{lock};
        if (!w.exact)
            return;
        const bool taken = is_unique && has_key(r.key);
        if (!got && is_unique && is_claimed(r.key))
            return;
        if (got) {
            if (was_dead || taken)
                wrong("a registry gives a key that it must refuse");
            log_.push_back({true, in.name(), r.key, r.process});
            rows.push_back(r);
        } else if (!(got.error().code == errc::noproc && was_dead) &&
                   !(got.error().code == errc::name_taken && taken))
            wrong("a registry refuses a key with a wrong word: " +
                  std::string{to_string(got.error().code)});
    }

    template <class F>
    void unregistered(const char* in, std::vector<row>& rows, int key, pid process, F which) {
        const hold h{lock};
        if (!w.exact)
            return;
        std::erase_if(
            rows, [&](const row& r) { return r.key == key && r.process == process && which(r); });
        log_.push_back({false, in, key, process});
    }

    void change_value(player& who, int key) {
        int seen = 0;
        const auto got = one_.try_update_value(key, [&](int value) {
            seen = value;
            return value + 1;
        });
        const hold h{lock};
        if (!w.exact)
            return;
        const auto own = std::find_if(one_rows_.begin(), one_rows_.end(), [&](const row& r) {
            return r.key == key && r.process == this_process::self();
        });
        if (got.has_value() != (own != one_rows_.end()))
            wrong("update_value and the model differ");
        if (!got)
            return;
        if (seen != own->value || *got != seen + 1)
            wrong("update_value does not see the value that was there");
        own->value = *got;
        (void)who;
    }

    void found(pid p, std::uint64_t began) const {
        if (dead_.was_over(p, began))
            wrong("a registry shows a dead process");
    }

    void look_up(int key, pid about) {
        const std::uint64_t now = dead_.now();
        const pid p = one_.whereis(key);
        const auto entry = one_.lookup(key);
        if (p)
            found(p, now);
        if (entry)
            found(entry->server, now);
        const hold h{lock};
        if (!w.exact || !claims_.empty())
            return;
        const auto there = std::find_if(one_rows_.begin(), one_rows_.end(),
                                        [&](const row& r) { return r.key == key; });
        const bool is_there = there != one_rows_.end();
        if (p != (is_there ? there->process : pid{}) || entry.has_value() != is_there)
            wrong("whereis of a registry and the model differ");
        if (entry && (entry->server != there->process || entry->value != there->value))
            wrong("an entry of a registry and the model differ");
        if (one_.count() != one_rows_.size())
            wrong("the count of a registry and the model differ");
        if (!about)
            return;
        std::vector<int> keys;
        for (const row& r : one_rows_)
            if (r.process == about)
                keys.push_back(r.key);
        if (one_.keys(about) != keys)
            wrong("the keys of a process and the model differ");
    }

    void dispatch(int key) {
        const std::uint64_t now = dead_.now();
        std::vector<row> got;
        many_.dispatch(key, [&](std::span<const registry_entry<int, pid, int>> entries) {
            for (const auto& e : entries) {
                found(e.server, now);
                got.push_back({e.key, e.server, e.value});
            }
        });
        const hold h{lock};
        if (!w.exact)
            return;
        std::vector<row> there;
        std::copy_if(many_rows_.begin(), many_rows_.end(), std::back_inserter(there),
                     [&](const row& r) { return r.key == key; });
        const auto is_same = [](const row& a, const row& b) {
            return a.key == b.key && a.process == b.process && a.value == b.value;
        };
        if (!std::equal(got.begin(), got.end(), there.begin(), there.end(), is_same))
            wrong("the entries of a duplicate_registry and the model differ");
        if (many_.count(key) != there.size() ||
            many_.count_if([&](const auto& e) { return e.key == key; }) != there.size())
            wrong("the count of a duplicate_registry and the model differ");
    }

    registry<int, pid, int> one_{"one"};
    duplicate_registry<int, pid, int> many_{"many"};
    std::vector<row> one_rows_, many_rows_; // oldest first
    graves dead_;
    server_ref<listener> listener_;
    std::vector<change> log_; // since the listener listens
    std::size_t heard_ = 0;
    struct claim {
        int actor, key;
        pid starter;
        bool is_born = false, is_older_than_listener = false;
    };
    std::list<claim> claims_; // starts under a key that have not returned
    std::vector<pid> born_under_key_, heard_of_;
};

void listener::hears(const change& c) {
    if (the_registries)
        the_registries->hears(c);
}

} // namespace

std::unique_ptr<part> make_registries(world& w) { return std::make_unique<registry_part>(w); }

result<server_ref<server>> try_start_under_key(world&, int actor, int key) {
    return the_registries ? the_registries->start_under_key(actor, key) : try_start<server>(actor);
}

} // namespace simulation
