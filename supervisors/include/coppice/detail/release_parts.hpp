// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <array>
#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <coppice/check_spec.hpp>
#include <coppice/detail/config_reader.hpp>
#include <functional>
#include <memory>
#include <span>

namespace coppice {

template <class... Applications>
struct needs;
template <class... Phases>
struct phases;
struct release_options;

} // namespace coppice

namespace coppice::detail {

/// An application that runs: an object of its class.
class application_object {
public:
    virtual ~application_object() = default;
    virtual supervisor_spec start(const void* config) = 0;
    virtual void start_phase(std::size_t i) = 0;
    virtual void prep_stop() = 0;
    virtual void stop() = 0;
    virtual void config_change(const void* now) = 0;
};

/// What the runtime must know of an application's class.
struct application_type {
    std::string_view name;
    restart_type type;
    const std::string_view* phases; ///< their names
    std::size_t phase_count;
    std::unique_ptr<application_object> (*make)();
    /// Its configuration; null: it has none.
    std::shared_ptr<const void> (*read)(const config_reader& section);
    bool (*same)(const void* a, const void* b);
    bool takes_config_change;
};

/// `release<...>::run`: the applications in the order of their start.
int run_release(std::span<const application_type* const> applications,
                const release_options& options,
                std::function<int()> main);

// --- what a class says of itself ---

template <class A>
struct needs_of : std::type_identity<needs<>> {};
template <class A>
requires requires { typename A::applications; }
struct needs_of<A> : std::type_identity<typename A::applications> {};
template <class A>
struct phases_of : std::type_identity<phases<>> {};
template <class A>
requires requires { typename A::start_phases; }
struct phases_of<A> : std::type_identity<typename A::start_phases> {};
struct no_config {};
template <class A>
struct config_of : std::type_identity<no_config> {};
template <class A>
requires requires { typename A::config; }
struct config_of<A> : std::type_identity<typename A::config> {};
template <class A>
using config_t = typename config_of<A>::type;
template <class A>
inline constexpr bool has_config = !std::is_same_v<config_t<A>, no_config>;

template <class A>
concept has_name = requires {
    typename std::bool_constant<(std::string_view{A::name}.size() > 0)>;
};
template <class A>
concept has_type = requires {
    A::type;
};
template <class A>
constexpr bool type_is_right() {
    if constexpr (has_type<A>)
        return std::is_same_v<std::remove_cvref_t<decltype(A::type)>, restart_type>;
    else
        return true;
}
template <class A>
concept starts_with_config = requires(A& a, const config_t<A>& c) {
    supervisor_spec{a.start(c)};
};
template <class A>
concept starts_plainly = requires(A& a) {
    supervisor_spec{a.start()};
};
template <class A>
constexpr bool starts() {
    if constexpr (has_config<A>)
        return starts_with_config<A>;
    else
        return starts_plainly<A>;
}
template <class A, class P>
concept has_phase = std::is_default_constructible_v<P> && requires(A& a) {
    a.start_phase(P{});
};
template <class A>
concept preps_stop = requires(A& a) {
    a.prep_stop();
};
template <class A>
concept stops = requires(A& a) {
    a.stop();
};
template <class A>
concept changes_config = has_config<A> && requires(A& a, const config_t<A>& c) {
    a.config_change(c);
};
template <class A>
concept names_prep_stop = requires {
    &A::prep_stop;
};
template <class A>
concept names_stop = requires {
    &A::stop;
};
template <class A>
concept names_config_change = requires {
    &A::config_change;
};
/// A function by that name that cannot be called would be left out silently.
template <class A>
constexpr bool hooks_are_right() {
    return (!names_prep_stop<A> || preps_stop<A>)&&(!names_stop<A> || stops<A>)&&(
        !names_config_change<A> || changes_config<A>);
}

template <class L>
inline constexpr bool is_needs = false;
template <class... As>
inline constexpr bool is_needs<needs<As...>> = true;
template <class L>
inline constexpr bool is_phases = false;
template <class... Ps>
inline constexpr bool is_phases<phases<Ps...>> = true;
template <class A>
constexpr bool lists_are_right() {
    return is_needs<typename needs_of<A>::type> && is_phases<typename phases_of<A>::type>;
}

/// A key of TOML and, in capitals, a part of an environment variable's name.
constexpr bool is_name(std::string_view n) {
    for (const char c : n)
        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
            c != '_' && c != '-')
            return false;
    return !n.empty();
}

template <class... As>
constexpr bool names_differ() {
    const std::string_view all[]{std::string_view{As::name}..., {}}; // not of length 0
    for (std::size_t i = 0; i < sizeof...(As); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (all[i] == all[j])
                return false;
    return true;
}

template <class A>
constexpr bool config_is_described() {
    return !has_config<A> || boost::describe::has_describe_members<config_t<A>>::value;
}
template <class A>
constexpr bool config_can_be_read() {
    if constexpr (has_config<A>)
        return can_be_configured<config_t<A>>();
    else
        return true;
}

template <class A, class... Ps>
constexpr bool handles(phases<Ps...>*) {
    return (has_phase<A, Ps> && ...);
}
template <class A>
constexpr bool handles_phases() {
    return handles<A>(static_cast<typename phases_of<A>::type*>(nullptr));
}

// --- the order of the start ---

template <class N, class... As>
constexpr std::size_t index_in() {
    const bool same[]{std::is_same_v<N, As>..., true};
    std::size_t i = 0;
    while (!same[i])
        ++i;
    return i; // the number of applications: it is missing
}

template <std::size_t N>
struct needs_table {
    bool needed[N + 1][N + 1]{}; // [of][what]; the last column: one that is missing
};

template <class... As, class... Ns>
constexpr void note_needs(bool* row, needs<Ns...>*) {
    ((row[index_in<Ns, As...>()] = true), ...);
    (void)row;
}
template <class... As>
constexpr auto table_of_needs() {
    needs_table<sizeof...(As)> t;
    std::size_t i = 0;
    (note_needs<As...>(t.needed[i++], static_cast<typename needs_of<As>::type*>(nullptr)), ...);
    return t;
}

template <class... As>
constexpr bool nothing_missing() {
    constexpr auto t = table_of_needs<As...>();
    for (std::size_t i = 0; i < sizeof...(As); ++i)
        if (t.needed[i][sizeof...(As)])
            return false;
    return true;
}

template <std::size_t N>
struct start_order {
    std::array<std::size_t, N> applications{};
    std::size_t count = 0; ///< less than N: the others need each other in a ring
};

/// Each time the first of the list whose needs have all been started.
template <class... As>
constexpr auto order_of_start() {
    constexpr std::size_t n = sizeof...(As);
    constexpr auto t = table_of_needs<As...>();
    start_order<n> order;
    bool started[n + 1]{};
    const auto ready = [&](std::size_t i) {
        for (std::size_t j = 0; j < n; ++j)
            if (t.needed[i][j] && !started[j])
                return false;
        return !started[i];
    };
    for (std::size_t i = 0; i < n;)
        if (ready(i)) {
            started[i] = true;
            order.applications[order.count++] = i;
            i = 0;
        } else
            ++i;
    return order;
}

// --- the mistakes ---

template <class... As>
constexpr auto explain_release() {
    constexpr bool named = (has_name<As> && ...);
    static_assert(named, "coppice: an application has a name: `static constexpr std::string_view "
                         "name = \"web\";`");
    if constexpr (named) {
        constexpr bool good_names = (is_name(std::string_view{As::name}) && ...);
        static_assert(good_names, "coppice: an application's name has letters, digits, `_` and "
                                  "`-` only: it is a key of the configuration file");
        constexpr bool different = names_differ<As...>();
        static_assert(different,
                      "coppice: two applications of this release have the same name, or one is "
                      "listed twice");
        constexpr bool typed = (type_is_right<As>() && ...);
        static_assert(typed, "coppice: an application's `type` is permanent, transient or "
                             "temporary");
        constexpr bool listed = (lists_are_right<As>() && ...);
        static_assert(listed, "coppice: an application says `using applications = needs<...>;` "
                              "and `using start_phases = phases<...>;`");
        constexpr bool made = (std::is_default_constructible_v<As> && ...);
        static_assert(made, "coppice: a release makes its applications: each has a public "
                            "constructor without parameters");
        constexpr bool start = (starts<As>() && ...);
        static_assert(start, "coppice: an application needs `supervisor_spec start(const "
                             "config&)`, or `start()` if it has no config");
        if constexpr (good_names && different && typed && listed && made && start) {
            constexpr bool described = (config_is_described<As>() && ...);
            static_assert(described, "coppice: an application's config is read by the names of its "
                                     "fields: add BOOST_DESCRIBE_STRUCT(config, (), (fields...))");
            constexpr bool complete = nothing_missing<As...>();
            static_assert(complete, "coppice: this release lacks an application that another one "
                                    "of it needs");
            constexpr bool acyclic = !complete || order_of_start<As...>().count == sizeof...(As);
            static_assert(acyclic,
                          "coppice: the applications of this release need each other in a ring");
            constexpr bool phased = (handles_phases<As>() && ...);
            static_assert(phased, "coppice: an application needs `void start_phase(P)` for each P "
                                  "of its start_phases");
            constexpr bool hooked = (hooks_are_right<As>() && ...);
            static_assert(hooked, "coppice: an application's `prep_stop()` and `stop()` take "
                                  "nothing, and `config_change` takes its `const config&`");
            if constexpr (described) {
                constexpr bool readable = (config_can_be_read<As>() && ...);
                static_assert(readable,
                              "coppice: a field of a config is a bool, a number, a std::string, a "
                              "duration, an enum or a struct that is described, or a std::vector "
                              "or std::optional of these");
                return std::bool_constant < complete && acyclic && phased && hooked &&
                       readable > {};
            } else
                return std::false_type{};
        } else
            return std::false_type{};
    } else
        return std::false_type{};
}

// --- an application without its type ---

template <class A>
class application_holder final : public application_object {
public:
    supervisor_spec start(const void* config) override {
        if constexpr (has_config<A>)
            return a_.start(*static_cast<const config_t<A>*>(config));
        else
            return (void)config, a_.start();
    }
    void start_phase(std::size_t i) override {
        run_phase(i, static_cast<typename phases_of<A>::type*>(nullptr));
    }
    void prep_stop() override {
        if constexpr (preps_stop<A>)
            a_.prep_stop();
    }
    void stop() override {
        if constexpr (stops<A>)
            a_.stop();
    }
    void config_change(const void* now) override {
        if constexpr (changes_config<A>)
            a_.config_change(*static_cast<const config_t<A>*>(now));
        else
            (void)now;
    }

private:
    template <class... Ps>
    void run_phase(std::size_t i, phases<Ps...>*) {
        std::size_t k = 0;
        ((k++ == i ? a_.start_phase(Ps{}) : void()), ...);
        (void)i, (void)k;
    }

    A a_;
};

template <class A>
std::unique_ptr<application_object> make_application() {
    return std::make_unique<application_holder<A>>();
}
template <class C>
std::shared_ptr<const void> read_whole_config(const config_reader& section) {
    auto c = std::make_shared<C>();
    read_config(section, *c);
    return c;
}
template <class C>
bool same_whole_config(const void* a, const void* b) {
    return same_config(*static_cast<const C*>(a), *static_cast<const C*>(b));
}

template <class... Ps>
constexpr auto phase_names(phases<Ps...>*) {
    return std::array<std::string_view, sizeof...(Ps) + 1>{type_name<Ps>()...};
}
template <class... Ps>
constexpr std::size_t phase_count(phases<Ps...>*) {
    return sizeof...(Ps);
}
template <class A>
inline constexpr auto phase_names_of =
    phase_names(static_cast<typename phases_of<A>::type*>(nullptr));

template <class A>
constexpr application_type make_application_type() {
    application_type t{.name = A::name,
                       .type = permanent,
                       .phases = phase_names_of<A>.data(),
                       .phase_count =
                           phase_count(static_cast<typename phases_of<A>::type*>(nullptr)),
                       .make = &make_application<A>,
                       .read = nullptr,
                       .same = nullptr,
                       .takes_config_change = changes_config<A>};
    if constexpr (has_type<A>)
        t.type = A::type;
    if constexpr (has_config<A>) {
        t.read = &read_whole_config<config_t<A>>;
        t.same = &same_whole_config<config_t<A>>;
    }
    return t;
}
template <class A>
inline constexpr application_type application_type_of = make_application_type<A>();

template <class... As>
constexpr auto types_in_order() {
    const application_type* const listed[]{&application_type_of<As>..., nullptr};
    constexpr auto order = order_of_start<As...>();
    std::array<const application_type*, sizeof...(As)> types{};
    for (std::size_t i = 0; i < sizeof...(As); ++i)
        types[i] = listed[order.applications[i]];
    return types;
}
template <class... As>
inline constexpr auto release_types = types_in_order<As...>();

} // namespace coppice::detail
