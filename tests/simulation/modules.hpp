// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "player.hpp"
#include <coppice/message.hpp>
#include <memory>

// What is simulated beside plain processes and servers: registries, groups, machines, events,
// tasks, agents, partitions.
namespace simulation {

/// One module: its objects and processes, what its operations do, and what they must keep.
///
/// Each has a model of its own, which is told by the operations and by the callbacks that run.
/// What is said of the order of all events holds in virtual time alone.
///
/// Context: as `model`.
class part {
public:
    explicit part(world& all) : w{all} {}
    virtual ~part() = default;
    part(const part&) = delete;

    virtual bool has(op o) const = 0;
    /// Starts its processes that do not run. Called by actor 0 first, and by `revive`.
    virtual void start() {}
    virtual void act(player& who, const step& s, phase when) = 0;
    /// One of its processes gets an exit signal.
    virtual void strike(const step&) {}
    /// An actor begins to exist.
    virtual void born(player&) {}
    /// Any process has ended.
    virtual void ended(coppice::pid) {}
    /// A message that no actor sent has come to one.
    virtual void received(model::life_id, coppice::message&) {}
    /// No process could run for a while. Actor 0 asks.
    virtual void at_rest() {}

protected:
    [[noreturn]] void wrong(const std::string& sentence) const { w.rules.wrong(sentence); }
    model::life_id life_of(coppice::pid p) const { return w.rules.life_of(p); }
    bool is_dead(coppice::pid p) const { return !p || w.rules.is_over(life_of(p)); }
    /// A call to a process of the module has failed. None of them waits for an actor.
    void check_failure(const char* what,
                       const coppice::failure& why,
                       coppice::pid server,
                       std::optional<wide> due) const;
    static void strike(coppice::pid p, const step& s);

    world& w;
    mutable std::recursive_mutex lock;
};

std::unique_ptr<part> make_registries(world& w);
std::unique_ptr<part> make_groups(world& w);
std::unique_ptr<part> make_machine(world& w);
std::unique_ptr<part> make_events(world& w);
std::unique_ptr<part> make_tasks(world& w);
std::unique_ptr<part> make_agent(world& w);
std::unique_ptr<part> make_partitions(world& w);

/// Those that a program uses.
std::vector<std::unique_ptr<part>> make_modules(world& w);

/// Starts an actor that is a server under a key of the module's registry.
coppice::result<coppice::server_ref<class server>> try_start_under_key(world& w,
                                                                       int actor,
                                                                       int key);

/// When each process has ended, for readers on other threads: what a lookup finds must not have
/// ended before the lookup began.
class graves {
public:
    std::uint64_t now() const { return clock_.load(std::memory_order_seq_cst); }
    void ended(coppice::pid p);
    bool was_over(coppice::pid p, std::uint64_t when) const;

private:
    mutable std::mutex lock_;
    std::atomic<std::uint64_t> clock_{0};
    std::unordered_map<std::uint64_t, std::uint64_t> ended_;
};

} // namespace simulation
