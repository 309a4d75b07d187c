// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <coppice/check_spec.hpp>
#include <fmt/format.h>
#include <limits>
#include <unordered_set>

namespace coppice {

namespace {

std::string text_of(const spec_value& v) {
    if (const auto* b = std::get_if<bool>(&v))
        return *b ? "true" : "false";
    if (const auto* n = std::get_if<std::int64_t>(&v))
        return std::to_string(*n);
    return std::get<std::string>(v);
}

failure bad_spec(exit_reason why, std::string detail) {
    return {errc::bad_spec, std::move(why), std::move(detail)};
}

failure invalid(std::string_view field, const std::string& value, std::string_view expected) {
    return bad_spec(exit_reason::tagged(field, exit_reason{value}),
                    fmt::format("{}: `{}`; say {}", field, value, expected));
}

failure invalid(std::string_view field, const spec_value& value, std::string_view expected) {
    return invalid(field, text_of(value), expected);
}

// The enumerator with this text.
template <class E, std::size_t N>
std::optional<E> from_word(const spec_value& v, const E (&all)[N]) {
    const auto* word = std::get_if<std::string>(&v);
    if (!word)
        return {};
    for (const E e : all)
        if (to_string(e) == *word)
            return e;
    return {};
}

constexpr restart_strategy strategies[] = {one_for_one, one_for_all, rest_for_one,
                                           simple_one_for_one};
constexpr restart_type restart_types[] = {permanent, transient, temporary};
constexpr child_type child_types[] = {child_type::worker, child_type::supervisor};
constexpr auto_shutdown auto_shutdowns[] = {auto_shutdown::never, auto_shutdown::any_significant,
                                            auto_shutdown::all_significant};

// A number of some unit as a duration; one that does not fit is infinite.
template <class Unit>
shutdown_policy::duration clamped(std::int64_t n) {
    using duration = shutdown_policy::duration;
    const auto most = std::chrono::duration_cast<Unit>(duration::max()).count();
    return Unit{std::min<std::int64_t>(n, most)};
}

std::optional<shutdown_policy> shutdown_from(const spec_value& v) {
    if (const auto* ms = std::get_if<std::int64_t>(&v)) {
        if (*ms < 0)
            return {};
        return shutdown_policy{clamped<std::chrono::milliseconds>(*ms)};
    }
    const auto* word = std::get_if<std::string>(&v);
    if (word && *word == "infinity")
        return shutdown_policy{infinity};
    if (word && *word == "brutal_kill")
        return shutdown_policy{brutal_kill};
    return {};
}

std::optional<failure> wrong_combination(bool significant,
                                         restart_type restart,
                                         auto_shutdown when) {
    if (!significant)
        return {};
    if (when == auto_shutdown::never)
        return bad_spec(
            exit_reason::tagged("bad_combination", exit_reason{"[auto_shutdown, significant]"}),
            "a significant child needs a supervisor whose auto_shutdown is any_significant or "
            "all_significant");
    if (restart == permanent)
        return bad_spec(
            exit_reason::tagged("bad_combination", exit_reason{"[restart, significant]"}),
            "a significant child is transient or temporary: a permanent one never "
            "ends for good");
    return {};
}

failure duplicate(const std::string& id) {
    return bad_spec(exit_reason::tagged("duplicate_child_name", exit_reason{id}),
                    fmt::format("two children have the id `{}`; each needs its own", id));
}

template <class Specs>
result<std::vector<child_spec>> check_all(Specs&& specs, auto_shutdown when) {
    std::vector<child_spec> checked;
    std::unordered_set<std::string> ids;
    checked.reserve(specs.size());
    for (auto&& spec : specs) {
        auto good = check_child_spec(std::move(spec), when);
        if (!good)
            return good.error();
        if (!ids.insert(good->id).second)
            return duplicate(good->id);
        checked.push_back(std::move(*good));
    }
    return checked;
}

failure wrapped(std::string_view tag, failure why) {
    why.reason = exit_reason::tagged(tag, std::move(why.reason));
    return why;
}

template <class Flags, class Specs>
result<supervisor_spec> check_whole(const Flags& words, Specs&& specs) {
    auto flags = check_supervisor_flags(words);
    if (!flags)
        return wrapped("supervisor_data", flags.error());
    if (flags->strategy == simple_one_for_one && specs.size() != 1)
        return bad_spec(
            exit_reason::tagged("bad_start_spec", exit_reason{std::to_string(specs.size())}),
            fmt::format("a simple_one_for_one supervisor has one child spec, the template of all "
                        "its children; this one has {}",
                        specs.size()));
    auto children = check_child_specs(std::forward<Specs>(specs), flags->auto_shutdown);
    if (!children)
        return wrapped("start_spec", children.error());
    return supervisor_spec{*flags, std::move(*children)};
}

} // namespace

result<child_spec> check_child_spec(const unchecked_child_spec& words, auto_shutdown when) {
    child_spec spec;
    if (!words.id)
        return bad_spec(exit_reason{"missing_id"}, "a child spec needs an id");
    if (!words.start)
        return bad_spec(exit_reason{"missing_start"}, "a child spec needs a start function");
    spec.id = *words.id;
    spec.start = words.start;
    if (words.restart) {
        const auto restart = from_word(*words.restart, restart_types);
        if (!restart)
            return invalid("invalid_restart_type", *words.restart,
                           "permanent, transient or temporary");
        spec.restart = *restart;
    }
    if (words.significant) {
        const auto* significant = std::get_if<bool>(&*words.significant);
        if (!significant)
            return invalid("invalid_significant", *words.significant, "true or false");
        spec.significant = *significant;
    }
    if (auto wrong = wrong_combination(spec.significant, spec.restart, when))
        return *wrong;
    if (words.type) {
        const auto type = from_word(*words.type, child_types);
        if (!type)
            return invalid("invalid_child_type", *words.type, "worker or supervisor");
        spec.type = *type;
    }
    if (words.shutdown) {
        const auto shutdown = shutdown_from(*words.shutdown);
        if (!shutdown)
            return invalid("invalid_shutdown", *words.shutdown,
                           "brutal_kill, infinity, or milliseconds from 0 on");
        spec.shutdown = *shutdown;
    }
    spec.shutdown = spec.shutdown.resolved(spec.type);
    return spec;
}

result<child_spec> check_child_spec(child_spec spec, auto_shutdown when) {
    if (spec.id.empty())
        return bad_spec(exit_reason{"missing_id"}, "a child spec needs an id that is not empty");
    if (!spec.start)
        return bad_spec(exit_reason{"missing_start"},
                        fmt::format("the child spec `{}` needs a start function", spec.id));
    if (auto wrong = wrong_combination(spec.significant, spec.restart, when))
        return *wrong;
    if (spec.shutdown.time() < shutdown_policy::duration::zero())
        return invalid("invalid_shutdown", spec.shutdown.text(),
                       "brutal_kill, infinity, or a time that is not negative");
    spec.shutdown = spec.shutdown.resolved(spec.type);
    return spec;
}

result<supervisor_flags> check_supervisor_flags(const unchecked_supervisor_flags& words) {
    supervisor_flags flags;
    if (words.strategy) {
        const auto strategy = from_word(*words.strategy, strategies);
        if (!strategy)
            return invalid("invalid_strategy", *words.strategy,
                           "one_for_one, one_for_all, rest_for_one or simple_one_for_one");
        flags.strategy = *strategy;
    }
    if (words.intensity) {
        const auto* n = std::get_if<std::int64_t>(&*words.intensity);
        if (!n || *n < 0)
            return invalid("invalid_intensity", *words.intensity, "a whole number from 0 on");
        flags.intensity =
            static_cast<unsigned>(std::min<std::int64_t>(*n, std::numeric_limits<unsigned>::max()));
    }
    if (words.period) {
        const auto* n = std::get_if<std::int64_t>(&*words.period);
        if (!n || *n <= 0)
            return invalid("invalid_period", *words.period, "a whole number of seconds from 1 on");
        flags.period = clamped<std::chrono::seconds>(*n);
    }
    if (words.auto_shutdown) {
        const auto when = from_word(*words.auto_shutdown, auto_shutdowns);
        if (!when)
            return invalid("invalid_auto_shutdown", *words.auto_shutdown,
                           "never, any_significant or all_significant");
        flags.auto_shutdown = *when;
    }
    return flags;
}

result<supervisor_flags> check_supervisor_flags(const supervisor_flags& flags) {
    using std::chrono::milliseconds;
    if (flags.period <= time_span{})
        return invalid(
            "invalid_period",
            fmt::format("{} ms",
                        std::chrono::duration_cast<milliseconds>(flags.period.length()).count()),
            "a duration above zero");
    const backoff& b = flags.backoff;
    if (b.min < time_span{} || (b.enabled() && b.max < b.min))
        return invalid(
            "invalid_backoff",
            fmt::format("{} ms to {} ms",
                        std::chrono::duration_cast<milliseconds>(b.min.length()).count(),
                        std::chrono::duration_cast<milliseconds>(b.max.length()).count()),
            "a `min` that is not negative and a `max` that is not below it");
    if (!(b.jitter >= 0 && b.jitter <= 1))
        return invalid("invalid_jitter", fmt::format("{}", b.jitter), "a share from 0 to 1");
    return flags;
}

result<std::vector<child_spec>> check_child_specs(std::span<const unchecked_child_spec> words,
                                                  auto_shutdown when) {
    return check_all(words, when);
}

result<std::vector<child_spec>> check_child_specs(std::vector<child_spec> specs,
                                                  auto_shutdown when) {
    return check_all(std::move(specs), when);
}

result<supervisor_spec> check_supervisor(const unchecked_supervisor_flags& flags,
                                         std::span<const unchecked_child_spec> children) {
    return check_whole(flags, children);
}

result<supervisor_spec> check_supervisor(supervisor_spec spec) {
    return check_whole(spec.flags, std::move(spec.children));
}

} // namespace coppice
