// SPDX-License-Identifier: BSL-1.0
#include "intensity_check.hpp"

#include "supervisor_access.hpp"
#include <coppice/detail/child_start.hpp>
#include <coppice/dynamic_supervisor.hpp>
#include <coppice/intensities_multiply.hpp>
#include <coppice/log.hpp>
#include <coppice/names.hpp>
#include <coppice/partition_supervisor.hpp>
#include <coppice/supervisor.hpp>
#include <coppice/task_supervisor.hpp>
#include <coppice/this_process.hpp>
#include <fmt/format.h>

namespace coppice::detail {

namespace {

std::size_t default_intensity(supervisor_kind kind) {
    switch (kind) {
    case supervisor_kind::ordered:
        return supervisor_flags{}.intensity;
    case supervisor_kind::dynamic:
        return dynamic_supervisor_flags{}.intensity;
    case supervisor_kind::partition:
        return partition_supervisor_flags{}.intensity;
    }
    return 0;
}

template <class Flags>
intensity_level level_from(const Flags& f, supervisor_kind kind) {
    return intensity_level{
        {.intensity = f.intensity, .period = f.period, .intensity_warning = f.intensity_warning},
        kind};
}

/// The arguments from which the spec constructs a server of class S; null if it is no such spec.
template <class S, class... Args>
const std::tuple<Args...>* arguments_of(const child_spec& spec) {
    const auto* start = spec.start.target<server_start>();
    if (!start || start->type != &server_type_of<S>)
        return nullptr;
    const auto* copies = dynamic_cast<const from_copies<S, Args...>*>(start->make.get());
    return copies ? &copies->args : nullptr;
}

const auto* ordered(const child_spec& spec) {
    return arguments_of<supervisor, supervisor_flags, std::vector<child_spec>>(spec);
}
const auto* partitioned(const child_spec& spec) {
    return arguments_of<partition_supervisor, partition_start>(spec);
}

bool warn_below(const intensity_level& upper,
                pid process,
                const std::string& name,
                std::span<const child_spec> children) {
    bool warned = false;
    std::optional<intensities_multiply> first;
    for (const child_spec& c : children) {
        const auto lower = level_of(c);
        if (!lower)
            continue;
        if (multiplies(upper, *lower)) {
            if (first)
                ++first->more;
            else
                first = {.supervisor = process,
                         .name = name,
                         .child = c.id,
                         .intensity = upper.intensity,
                         .period = upper.period,
                         .child_intensity = lower->intensity,
                         .child_period = lower->period};
        }
        if (const auto* tree = ordered(c)) {
            warned |= warn_below(*lower, {}, c.id, std::get<1>(*tree));
        } else if (const auto* all = partitioned(c)) {
            child_spec one = std::get<0>(*all).each(0); // they are alike
            one.id = "0";
            warned |= warn_below(*lower, {}, c.id, {&one, 1});
        }
    }
    if (first)
        report_without_fail(severity::warning, [&] { return std::move(*first); });
    return warned || first;
}

} // namespace

intensity_level::intensity_level(const supervisor_flags& flags, supervisor_kind kind)
    : intensity{flags.intensity},
      period{flags.period},
      is_chosen{flags.intensity > default_intensity(kind)},
      warns{flags.intensity_warning} {}

bool multiplies(const intensity_level& upper, const intensity_level& lower) {
    return upper.warns && upper.is_chosen && lower.is_chosen &&
           upper.intensity >= lower.intensity && upper.period <= lower.period;
}

std::optional<intensity_level> level_of(const child_spec& spec) {
    if (const auto* args = ordered(spec))
        return intensity_level{std::get<0>(*args)};
    if (const auto* args = arguments_of<dynamic_supervisor, dynamic_supervisor_flags>(spec))
        return level_from(std::get<0>(*args), supervisor_kind::dynamic);
    if (const auto* args = arguments_of<task_supervisor, dynamic_supervisor_flags>(spec))
        return level_from(std::get<0>(*args), supervisor_kind::dynamic);
    if (const auto* args = partitioned(spec))
        return level_from(std::get<0>(*args).flags, supervisor_kind::partition);
    return std::nullopt;
}

bool warn_where_intensities_multiply(const intensity_level& mine,
                                     std::span<const child_spec> children) {
    const pid me = this_process::self();
    return warn_below(mine, me, registered_name(me), children);
}

bool is_checked_from_above() { return supervisor_access::find(this_process::parent()).has_value(); }

} // namespace coppice::detail

namespace coppice {

void describe(const intensities_multiply& e, log::description& d) {
    const auto text = [](time_limit::clock::duration t) {
        return detail::duration_text(std::chrono::duration_cast<std::chrono::nanoseconds>(t));
    };
    const std::string name = e.name.empty() ? "it" : e.name;
    std::string who = e.name;
    if (e.supervisor)
        who += (who.empty() ? "" : " ") + e.supervisor.text() + " (supervisor)";
    const std::string more = e.more > 0 ? fmt::format(" (and {} more like it)", e.more) : "";
    d.say(fmt::format(
        "{} allows {} restarts in {}, and its child supervisor {}{} {} in {}: they multiply, to {} "
        "restarts before {} gives up, or to restarts without end when the crashes come slower; "
        "give it a lower intensity or a longer period, or say .intensity_warning = false",
        who, e.intensity, text(e.period), e.child, more, e.child_intensity, text(e.child_period),
        (e.intensity + 1) * (e.child_intensity + 1) - 1, name));
    d.fact_of("supervisor", e.supervisor);
    d.fact_of("child", e.child);
    d.fact_of("intensity", static_cast<std::int64_t>(e.intensity));
    d.fact_of("child_intensity", static_cast<std::int64_t>(e.child_intensity));
}

} // namespace coppice
