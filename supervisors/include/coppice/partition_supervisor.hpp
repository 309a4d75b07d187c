// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/partition_table.hpp>
#include <coppice/detail/supervisor_server.hpp>
#include <coppice/supervisor_verbs.hpp>

/// The same server many times, each key served by one of them: for a server that all would wait
/// for, such as a cache, a counter or a `dynamic_supervisor`.
///
///     inline partitions<counter> counters{"counters"};
///
///     child<partition_supervisor>(counters, {.partitions = 8}, 0)   // in the tree: counter{0}
///
///     counters(user).cast(add{1});                        // always the same one for a user
///     for (std::size_t i = 0; i < counters.size(); ++i)   // all of them
///         sum += counters[i].call(total{});
///
/// **Two parts.** `partitions` is an object of the program, which clients use and which cannot
/// fail; `partition_supervisor` is the child that starts and restarts the servers.
///
/// **Routing.** A whole number goes to the partition `|key| % size()`, anything else by its
/// `std::hash`; text by its characters, whatever its type. A key reaches the same partition as
/// long as the number of partitions stays the same, whatever crashes and restarts meanwhile.
///
/// **Partitions that differ.** `child_from(counters, flags, [](std::size_t partition) { return
/// counter{file_of(partition)}; })` constructs each from its number.
///
/// **Names.** The partitions are registered as `counters/0`, `counters/1`, ..., their supervisor as
/// `counters`; their ids are `0`, `1`, .... So a program has one `partitions` of a name.
///
/// **Restarts.** A partition that crashes is started again alone (see `strategy`); a call to it in
/// between fails with `noproc`, a cast is dropped, as with any name.
///
/// **When not.** State that belongs together over all keys does not partition. For workers without
/// state of their own, which any request may use, take a pool; for a process for each key, a
/// `dynamic_supervisor` and a `registry`.
///
/// **Debugging.** `partition_supervisor::which_children(counters)`, and `to_text` of the tree.
///
/// Source: Elixir, PartitionSupervisor. There `{:via, PartitionSupervisor, {name, key}}` is
/// `name(key)`, and `with_arguments` is `child_from`.
namespace coppice {

/// How a partition supervisor treats its partitions. All have Elixir's defaults.
///
/// Units: `period` is any duration above zero.
/// Source: Elixir, PartitionSupervisor; `backoff` and `intensity_warning` are ours.
struct partition_supervisor_flags {
    std::size_t partitions = 0; ///< 0: one for each normal thread of the runtime
    restart_strategy strategy = one_for_one;
    unsigned intensity = 3;
    time_span period = std::chrono::seconds{5};
    coppice::backoff backoff = {};
    restart_type restart = permanent; ///< of each partition
    shutdown_policy shutdown = {};    ///< of each partition
    bool intensity_warning = true;    ///< see `supervisor_flags`
};

namespace detail {
/// What a partition supervisor starts from.
struct partition_start {
    std::shared_ptr<partition_table> table;
    partition_supervisor_flags flags;
    const name_binding* binding = nullptr; // of the partitions' names
    std::function<child_spec(std::size_t)> each;
};
} // namespace detail

/// The name of one of the partitions, with the verbs of `server_verbs`. It is looked up at each
/// call, so it stays right when the partition is restarted.
///
/// Shape: a view of the name; valid as long as the `partitions` it came from.
/// Errors: `noproc` while the partition does not run, or the supervisor was never started.
/// Context: any thread.
template <class S>
class partition_name : public server_verbs<partition_name<S>, S> {
public:
    /// `counters/3`; empty if the supervisor was never started.
    std::string_view text() const noexcept { return text_; }
    /// The process of this partition, or a null reference.
    server_ref<S> whereis() const { return detail::server_ref_access::make<S>(locate()); }

private:
    template <class>
    friend class partitions;
    friend detail::locate_access;
    explicit partition_name(std::string_view text) noexcept : text_{text} {}
    detail::located locate() const noexcept {
        return detail::locate_name(text_, detail::type_key<S>);
    }
    std::string_view text_;
};

/// The servers of a `partition_supervisor`, found by any key: `counters(user).cast(add{1})`.
///
/// Shape: an object of the program, usually `inline` beside the messages; not copied.
/// Errors: a partition that does not run is `noproc` for the verb that needs it; std::out_of_range
/// for a number that is not below `size()`.
/// Context: any thread; none of it suspends.
template <class S>
class partitions {
public:
    explicit partitions(std::string_view name)
        : table_{std::make_shared<detail::partition_table>(std::string{name})} {}
    partitions(const partitions&) = delete;
    partitions& operator=(const partitions&) = delete;

    /// The partition that serves this key.
    template <class Key>
    partition_name<S> operator()(const Key& key) const {
        if constexpr (decltype(detail::explain_partition_key<Key>())::value)
            return partition_name<S>{table_->by_hash(detail::partition_hash(key))};
        else
            return partition_name<S>{{}};
    }
    /// The partition with this number, from 0 on.
    partition_name<S> operator[](std::size_t partition) const {
        return partition_name<S>{table_->by_number(partition)};
    }
    /// How many there are; 0 until the supervisor was started for the first time.
    std::size_t size() const noexcept { return table_->size(); }
    std::string_view name() const noexcept { return table_->name(); }
    /// The supervisor, or a null reference while it does not run.
    server_ref<partition_supervisor> supervisor() const;

private:
    friend detail::partition_access;
    std::shared_ptr<detail::partition_table> table_;
};

/// Supervises the servers of a `partitions`: the child that `child<partition_supervisor>` makes.
///
/// Children are neither added nor taken away while it runs; these are the questions it answers.
///
/// Errors: the start fails as that of a `supervisor`, and with `already_started` when the name is
/// taken. The verbs: `noproc` when it does not run; thrown as call_error, or returned by the `try_`
/// forms.
/// Context: a process that traps exits. The verbs: as `supervisor_verbs`.
/// Source: Elixir, PartitionSupervisor.
class partition_supervisor final : private detail::supervisor_server {
public:
    using detail::supervisor_server::keeps_normal_priority;

    explicit partition_supervisor(const detail::partition_start& how);
    ~partition_supervisor();

    /// All partitions, the one with the highest number first.
    template <class S>
    static std::vector<child_info> which_children(const partitions<S>& all) {
        return try_which_children(all).value();
    }
    template <class S>
    static result<std::vector<child_info>> try_which_children(const partitions<S>& all) {
        return supervisor_verbs::try_which_children(all.supervisor());
    }
    template <class S>
    static child_counts count_children(const partitions<S>& all) {
        return try_count_children(all).value();
    }
    template <class S>
    static result<child_counts> try_count_children(const partitions<S>& all) {
        return supervisor_verbs::try_count_children(all.supervisor());
    }

private:
    friend handler_access;
    using detail::supervisor_server::format_status;
    using detail::supervisor_server::handle_call;
    using detail::supervisor_server::handle_info;
    using detail::supervisor_server::terminate;
};

template <>
inline constexpr std::string_view detail::behaviour_of<partition_supervisor> = "supervisor";

namespace detail {
struct partition_access {
    template <class S>
    static child_of<partition_supervisor> make(const partitions<S>& all,
                                               const partition_supervisor_flags& flags,
                                               std::function<child_spec(std::size_t)> each) {
        return child_of<partition_supervisor>{
            make_named_child<partition_supervisor, partition_supervisor>(
                all.name(),
                partition_start{all.table_, flags, binding_of<S, S>(), std::move(each)})};
    }
};
} // namespace detail

template <class S>
server_ref<partition_supervisor> partitions<S>::supervisor() const {
    using namespace detail;
    return server_ref_access::make<partition_supervisor>(
        locate_name(name(), type_key<partition_supervisor>));
}

/// The partitions as a child of another supervisor: each is constructed as `S(args...)`.
template <std::same_as<partition_supervisor> P, class S, class... Args>
child_of<P> child(const partitions<S>& all,
                  const partition_supervisor_flags& flags = {},
                  Args&&... args) {
    child_spec one = detail::make_child<S>(std::string{all.name()}, std::forward<Args>(args)...);
    return detail::partition_access::make(all, flags,
                                          [one = std::move(one)](std::size_t) { return one; });
}

/// The same, where a function makes each partition from its number, in the new process.
template <class S, class F>
child_of<partition_supervisor> child_from(const partitions<S>& all,
                                          const partition_supervisor_flags& flags,
                                          F make) {
    if constexpr (decltype(detail::explain_partition_maker<S, F>())::value)
        return detail::partition_access::make(all, flags, [make = std::move(make)](std::size_t i) {
            return detail::make_child_from<S>({}, [make, i] { return make(i); });
        });
    else
        return detail::partition_access::make(all, flags, [](std::size_t) { return child_spec{}; });
}

} // namespace coppice
