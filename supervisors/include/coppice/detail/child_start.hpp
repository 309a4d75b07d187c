// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/child_spec.hpp>
#include <coppice/detail/task_handle.hpp>
#include <coppice/gen_server.hpp>
#include <coppice/process.hpp>

// What `child<S>` needs: a start function made from a server class, and the sentences that the
// compiler says when that cannot be.
namespace coppice {
class supervisor;
class dynamic_supervisor;
class partition_supervisor;
class task_supervisor;
} // namespace coppice

namespace coppice::detail {

// --- what is started, and as what it is referred to ---

template <class S>
inline constexpr child_type type_of_child = child_type::worker;
template <>
inline constexpr child_type type_of_child<supervisor> = child_type::supervisor;
template <>
inline constexpr child_type type_of_child<dynamic_supervisor> = child_type::supervisor;
template <>
inline constexpr child_type type_of_child<partition_supervisor> = child_type::supervisor;
template <>
inline constexpr child_type type_of_child<task_supervisor> = child_type::supervisor;

/// `task<>`: a child that is a plain function.
template <class S>
inline constexpr bool is_task = false;
template <class R>
inline constexpr bool is_task<task<R>> = true;

template <class S>
struct started {
    using type = server_ref<S>;
};
template <class R>
struct started<task<R>> {
    using type = pid;
};
template <class S>
using started_as = typename started<S>::type;

// --- start functions ---

/// Starts a server that is linked to the caller.
struct server_start {
    const server_type* type;
    std::shared_ptr<const starter> make;
    std::string name = {}; // registered under it; none if empty
    const name_binding* binding = nullptr;
    mailbox_limit mailbox = {};                // of the class, unless the spec says otherwise
    std::shared_ptr<const key_claim> key = {}; // the same as `name` for a registry's key

    start_result operator()() const;
};

/// Makes the starter of one child from what `start_child` gives; null if the types do not fit.
struct template_maker {
    virtual std::unique_ptr<const starter> bind(const start_args& extra) const = 0;
    virtual ~template_maker() = default;
};

/// Starts a server whose last arguments come with `start_child`.
struct server_template_start {
    const server_type* type;
    std::shared_ptr<const template_maker> maker;
    mailbox_limit mailbox = {};

    start_result operator()(const start_args& extra) const;
};

/// Starts a server whose first arguments are the extra arguments of its dynamic supervisor.
struct server_extra_start {
    const server_type* type;
    std::shared_ptr<const template_maker> maker;
    std::string_view wanted; // the types of the extra arguments, as text
    std::string name = {};
    const name_binding* binding = nullptr;
    mailbox_limit mailbox = {};

    start_result operator()(const start_args& extra) const;
};

/// The same start function, which registers what it starts under a name.
start_function with_name(const start_function& start, std::string name, const name_binding* of);
/// The same start function with a bound for the mailbox of what it starts.
start_function with_mailbox(const start_function& start, mailbox_limit limit);

/// Starts a function process that is linked to the caller.
template <class F, class... Args>
struct task_start {
    std::string id;
    F body;
    std::tuple<Args...> args;

    start_result operator()() const {
        const spawn_options as_child{.link = true, .label = id};
        return std::apply([&](const auto&... a) { return spawn(as_child, body, a...); }, args);
    }
};

template <class S, class... Args>
struct from_copies final : starter {
    std::tuple<Args...> args;
    explicit from_copies(Args... a) : args(std::move(a)...) {}
    explicit from_copies(std::tuple<Args...> a) : args(std::move(a)) {}
    void construct(void* where) const override {
        std::apply([&](const auto&... a) { ::new (where) S(Args(a)...); }, args);
    }
};

template <class S, class F>
struct from_factory final : starter {
    mutable F make;
    explicit from_factory(F f) : make(std::move(f)) {}
    void construct(void* where) const override {
        ::new (where) S(make()); // elided: S need not move
    }
};

template <class S, class Extra, class... Args>
struct from_template;
template <class S, class... Es, class... Args>
struct from_template<S, std::tuple<Es...>, Args...> final : template_maker {
    std::tuple<Args...> args;
    explicit from_template(Args... a) : args(std::move(a)...) {}
    std::unique_ptr<const starter> bind(const start_args& extra) const override {
        const auto* then = extra.get_if<Es...>();
        if (!then)
            return nullptr;
        return std::make_unique<const from_copies<S, Args..., Es...>>(std::tuple_cat(args, *then));
    }
};

template <class S, class Extra, class... Args>
struct from_extra;
template <class S, class... Es, class... Args>
struct from_extra<S, std::tuple<Es...>, Args...> final : template_maker {
    std::tuple<Args...> args;
    explicit from_extra(Args... a) : args(std::move(a)...) {}
    std::unique_ptr<const starter> bind(const start_args& extra) const override {
        const auto* first = extra.get_if<Es...>();
        if (!first)
            return nullptr;
        return std::make_unique<const from_copies<S, Es..., Args...>>(std::tuple_cat(*first, args));
    }
};

// --- the sentences: at most one is said ---

template <class S, class... Args>
struct child_check {
    static constexpr bool is_server = server_class<S>;
    static constexpr bool copies = (std::is_copy_constructible_v<Args> && ...);
    static constexpr bool constructs = [] {
        if constexpr (is_server && copies)
            return std::is_constructible_v<S, Args...>;
        else
            return false;
    }();
};

template <class S, class... Args>
constexpr auto explain_child() {
    using is = child_check<S, Args...>;
    constexpr bool is_server = is::is_server;
    static_assert(is_server,
                  "coppice: a server is a concrete class whose destructor does not throw");
    constexpr bool copies = !is_server || is::copies;
    static_assert(copies, "coppice: each restart constructs the child afresh from copies of its "
                          "arguments, and one of them cannot be copied: use child_from(id, "
                          "factory)");
    constexpr bool constructs = !is_server || !is::copies || is::constructs;
    static_assert(constructs,
                  "coppice: the server has no public constructor that takes these arguments");
    return std::bool_constant<is::constructs>{};
}

template <class F, class... Args>
constexpr auto explain_task() {
    constexpr bool copies =
        std::is_copy_constructible_v<F> && (std::is_copy_constructible_v<Args> && ...);
    static_assert(copies, "coppice: each restart runs a copy of the function with copies of its "
                          "arguments, and one of them cannot be copied");
    constexpr bool fits = !copies || std::is_invocable_v<F, Args...>;
    static_assert(fits,
                  "coppice: child<task<>>: the function cannot be called with these arguments");
    return std::bool_constant < copies && std::is_invocable_v < F, Args... >> {};
}

// --- specs ---

template <class F, class... Args>
child_spec make_task(const std::string& id, F&& f, Args&&... args) {
    if constexpr (decltype(explain_task<std::decay_t<F>, std::decay_t<Args>...>())::value)
        return {.id = id,
                .start = task_start<std::decay_t<F>, std::decay_t<Args>...>{
                    id, std::forward<F>(f), {std::forward<Args>(args)...}}};
    else
        return {};
}

template <class S, class... Args>
child_spec make_child(std::string id, Args&&... args) {
    if constexpr (is_task<S>)
        return make_task(id, std::forward<Args>(args)...);
    else if constexpr (decltype(explain_child<S, std::decay_t<Args>...>())::value)
        return {.id = std::move(id),
                .start =
                    server_start{
                        .type = &server_type_of<S>,
                        .make = std::allocate_shared<const from_copies<S, std::decay_t<Args>...>>(
                            cell_allocator<void>{}, std::forward<Args>(args)...),
                        .mailbox = mailbox_of<S>()},
                .type = type_of_child<S>};
    else
        return {};
}

template <class T, class S, class... Args>
child_spec make_named_child(std::string_view name, Args&&... args) {
    if constexpr (decltype(explain_name<T, S>())::value) {
        child_spec spec = make_child<S>(std::string{name}, std::forward<Args>(args)...);
        spec.start = with_name(spec.start, std::string{name}, binding_of<T, S>());
        return spec;
    } else
        return {};
}

template <class S, class Key, class T, class Value, class... Args>
child_spec make_keyed_child(const via<Key, T, Value>& name, Args&&... args) {
    if constexpr (decltype(explain_name<T, S>())::value) {
        child_spec spec = make_child<S>(text_of(name), std::forward<Args>(args)...);
        if (const auto* start = spec.start.target<server_start>()) {
            server_start keyed = *start;
            keyed.key = claim_of<S>(name);
            spec.start = std::move(keyed);
        }
        return spec;
    } else
        return {};
}

template <class S, class F>
child_spec make_child_from(std::string id, F make) {
    static_assert(server_class<S>,
                  "coppice: child_from: the function returns the server object by value");
    if constexpr (server_class<S>)
        return {.id = std::move(id),
                .start = server_start{.type = &server_type_of<S>,
                                      .make = std::make_shared<const from_factory<S, F>>(
                                          std::move(make)),
                                      .mailbox = mailbox_of<S>()},
                .type = type_of_child<S>};
    else
        return {};
}

template <class S, class... Es, class... Args>
child_spec make_template(std::string id, std::tuple<Es...>*, Args&&... args) {
    if constexpr (decltype(explain_child<S, std::decay_t<Args>..., Es...>())::value)
        return {.id = std::move(id),
                .start =
                    server_template_start{
                        .type = &server_type_of<S>,
                        .maker = std::make_shared<
                            const from_template<S, std::tuple<Es...>, std::decay_t<Args>...>>(
                            std::forward<Args>(args)...),
                        .mailbox = mailbox_of<S>()},
                .type = type_of_child<S>};
    else
        return {};
}

template <class S, class... Es, class... Args>
child_spec make_extra_child(std::string id, std::tuple<Es...>*, Args&&... args) {
    if constexpr (decltype(explain_child<S, Es..., std::decay_t<Args>...>())::value)
        return {.id = std::move(id),
                .start =
                    server_extra_start{
                        .type = &server_type_of<S>,
                        .maker = std::make_shared<
                            const from_extra<S, std::tuple<Es...>, std::decay_t<Args>...>>(
                            std::forward<Args>(args)...),
                        .wanted = type_name<std::tuple<Es...>>(),
                        .mailbox = mailbox_of<S>()},
                .type = type_of_child<S>};
    else
        return {};
}

} // namespace coppice::detail
