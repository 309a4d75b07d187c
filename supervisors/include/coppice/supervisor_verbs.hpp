// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/check_spec.hpp>
#include <coppice/child.hpp>
#include <coppice/child_info.hpp>
#include <coppice/supervisor_ref.hpp>

namespace coppice {

/// The verbs of a supervisor, in OTP's form: `supervisor::start_child(the_tree, child<S>(...))`.
///
/// The plain forms throw `call_error`; those with `try_` return a `result`. All wait as long as it
/// takes, as in OTP: a supervisor that starts a slow child answers when that child is ready.
///
/// Errors: `noproc` (no such supervisor), `exited` (it exited meanwhile), and those named below;
/// the failure's reason is OTP's own word, such as `not_found` or `{already_started, <3.7>}`.
/// Context: any process or thread, but not the supervisor itself and not a child's start: the
/// supervisor would wait for itself (`call_cycle`). Suspends the process, or blocks the thread.
/// Source: OTP, module supervisor.
class supervisor_verbs {
public:
    // --- starts ---

    /// Starts a child and keeps it under supervision. Returns a reference to it, or its pid for a
    /// `child<task<>>`; a null one when the child called `ignore`.
    ///
    /// Errors: `already_started`, `already_present`, `bad_spec`, `max_children`, and `start_failed`
    /// with the child's reason; then the spec is forgotten.
    template <class S>
    static detail::started_as<S> start_child(const supervisor_ref& sup, child_of<S> c) {
        return detail::started_as<S>{start(sup, std::move(c)).value().process};
    }
    template <class S>
    static result<detail::started_as<S>> try_start_child(const supervisor_ref& sup, child_of<S> c) {
        return as<S>(start(sup, std::move(c)));
    }
    /// The same for a spec made by hand or from words.
    static started_child start_child(const supervisor_ref& sup, child_spec c);
    static result<started_child> try_start_child(const supervisor_ref& sup, child_spec c);
    static started_child start_child(const supervisor_ref& sup, unchecked_child_spec c);
    static result<started_child> try_start_child(const supervisor_ref& sup, unchecked_child_spec c);
    /// Of a `simple_one_for_one` supervisor: the template's start function gets these arguments.
    static started_child start_child(const supervisor_ref& sup, start_args args);
    static result<started_child> try_start_child(const supervisor_ref& sup, start_args args);
    /// The same, when the template is a `child_template<S, Args...>`.
    template <class S, class... Args>
    static detail::started_as<S> start_child(const supervisor_ref& sup, Args&&... args) {
        return detail::started_as<S>{
            start_child(sup, start_args::of(std::forward<Args>(args)...)).process};
    }
    template <class S, class... Args>
    static result<detail::started_as<S>> try_start_child(const supervisor_ref& sup,
                                                         Args&&... args) {
        return as<S>(try_start_child(sup, start_args::of(std::forward<Args>(args)...)));
    }

    // --- stops ---

    /// Stops a child as its spec says. The spec is kept, unless it is temporary; a second time is
    /// no error.
    ///
    /// Errors: `not_found`. Children of a dynamic or simple_one_for_one supervisor are named by
    /// pid.
    static void terminate_child(const supervisor_ref& sup, std::string_view id);
    static void terminate_child(const supervisor_ref& sup, pid child);
    static result<void> try_terminate_child(const supervisor_ref& sup, std::string_view id);
    static result<void> try_terminate_child(const supervisor_ref& sup, pid child);

    // --- questions ---

    /// All children, newest first.
    static std::vector<child_info> which_children(const supervisor_ref& sup);
    static result<std::vector<child_info>> try_which_children(const supervisor_ref& sup);
    /// The child with this id: `supervisor::which_child(the_tree, "cache").as<cache>()`.
    ///
    /// Errors: `not_found`; `bad_spec` of a dynamic or simple_one_for_one supervisor, whose
    /// children are not known by ids. Source: OTP 27, supervisor:which_child/2.
    static child_info which_child(const supervisor_ref& sup, std::string_view id);
    static result<child_info> try_which_child(const supervisor_ref& sup, std::string_view id);
    static child_counts count_children(const supervisor_ref& sup);
    static result<child_counts> try_count_children(const supervisor_ref& sup);
    /// Errors: `not_found`.
    static child_spec get_childspec(const supervisor_ref& sup, std::string_view id);
    static child_spec get_childspec(const supervisor_ref& sup, pid child);
    static result<child_spec> try_get_childspec(const supervisor_ref& sup, std::string_view id);
    static result<child_spec> try_get_childspec(const supervisor_ref& sup, pid child);

protected:
    static result<started_child> start(const supervisor_ref& sup, child_spec c);

private:
    template <class S>
    static result<detail::started_as<S>> as(result<started_child> started) {
        if (!started)
            return std::move(started).error();
        return detail::started_as<S>{started->process};
    }
};

} // namespace coppice
