// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/child_spec.hpp>
#include <coppice/gen_server.hpp>
#include <cstddef>

namespace coppice {

/// Where a child stands.
enum class child_status : std::uint8_t {
    running,
    restarting, ///< between two attempts to start it again
    stopped,    ///< no process: stopped by hand, ended for good, or its start called `ignore`
};

/// The word for it, as it stands in logs.
std::string_view to_string(child_status) noexcept;

/// One line of `which_children`.
///
///     for (const child_info& c : supervisor::which_children(the_tree))
///         if (c.is<counter>())
///             total += c.as<counter>().call(read{});
///
/// Shape: `process` is null unless the child runs. The ids of children that came from the
/// template of a `simple_one_for_one` supervisor are empty.
/// Source: OTP, `supervisor:which_children/1`; restarts, started_at and `as` are ours.
struct child_info {
    std::string id;
    pid process = {};
    child_status status = child_status::stopped;
    child_type type = child_type::worker;
    std::size_t restarts = 0; ///< how often it was started again, by hand too
    /// When the process was started, on the runtime's clock; the epoch when there is none.
    time_limit::clock::time_point started_at = {};

    /// True if the child runs as a server of class S: a child from `child<S>`, or one whose own
    /// start function started an S.
    ///
    /// Context: any thread; does not suspend.
    template <class S>
    bool is() const noexcept;
    /// A reference to the child as a server of class S.
    ///
    /// Errors: `noproc` when it does not run, or has exited meanwhile; `bad_name_type` when it is
    /// of another class, or a function process. The plain form throws call_error.
    template <class S>
    server_ref<S> as() const;
    template <class S>
    result<server_ref<S>> try_as() const;
};

/// What `count_children` answers.
///
/// Source: OTP, `supervisor:count_children/1`.
struct child_counts {
    std::size_t specs = 0;       ///< child specs, running or not
    std::size_t active = 0;      ///< children whose process lives
    std::size_t supervisors = 0; ///< specs of type supervisor, running or not
    std::size_t workers = 0;     ///< specs of type worker, running or not
};

// --- the same, written out ---

namespace detail {

bool is_of_class(const child_info& child, const server_type& wanted) noexcept;
failure not_of_class(const child_info& child, const server_type& wanted);

template <class S>
constexpr auto explain_child_class() {
    constexpr bool is_server = server_class<S>;
    static_assert(is_server, "coppice: a child is asked for by the class of its server, as in "
                             "as<counter>(); this is no such class");
    return std::bool_constant<is_server>{};
}

} // namespace detail

template <class S>
bool child_info::is() const noexcept {
    if constexpr (decltype(detail::explain_child_class<S>())::value)
        return detail::is_of_class(*this, detail::server_type_of<S>);
    else
        return false;
}

template <class S>
result<server_ref<S>> child_info::try_as() const {
    if constexpr (decltype(detail::explain_child_class<S>())::value) {
        if (!detail::is_of_class(*this, detail::server_type_of<S>))
            return detail::failed<server_ref<S>>(
                detail::not_of_class(*this, detail::server_type_of<S>));
        return server_ref<S>{process};
    } else
        return detail::never<result<server_ref<S>>>();
}

template <class S>
server_ref<S> child_info::as() const {
    if constexpr (decltype(detail::explain_child_class<S>())::value)
        return try_as<S>().value();
    else
        return {};
}

} // namespace coppice
