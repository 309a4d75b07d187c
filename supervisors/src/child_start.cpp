// SPDX-License-Identifier: BSL-1.0
#include <coppice/detail/child_start.hpp>
#include <fmt/format.h>

namespace coppice::detail {

start_result server_start::operator()() const {
    return start_server(
        *type, *make,
        {.link = true, .name = name, .binding = binding, .key = key.get(), .mailbox = mailbox});
}

start_result server_template_start::operator()(const start_args& extra) const {
    const auto make = maker->bind(extra);
    if (!make)
        return failure{errc::bad_spec, exit_reason{"invalid_start_args"},
                       "start_child must give arguments of exactly the types that the child "
                       "template lists"};
    return start_server(*type, *make, {.link = true, .mailbox = mailbox});
}

start_result server_extra_start::operator()(const start_args& extra) const {
    const auto make = maker->bind(extra);
    if (!make)
        return failure{errc::bad_spec, exit_reason{"invalid_extra_arguments"},
                       fmt::format("a {} is constructed from extra arguments of its supervisor, "
                                   "{}, and this supervisor {}: start it under a "
                                   "dynamic_supervisor whose flag extra_arguments has these types",
                                   type->name, wanted,
                                   extra.empty() ? "has none" : "has those of other types")};
    return start_server(*type, *make,
                        {.link = true, .name = name, .binding = binding, .mailbox = mailbox});
}

namespace {

// Calls `change` with a copy of the callable, if it is one of these.
template <class Change, class... Starts>
start_function changed(const start_function& start, Change change, std::tuple<Starts...>*) {
    start_function result = start;
    const auto try_one = [&]<class Start>(const Start* known) {
        if (!known)
            return;
        Start copy = *known;
        change(copy);
        result = std::move(copy);
    };
    (try_one(start.target<Starts>()), ...);
    return result;
}

} // namespace

start_function with_name(const start_function& start, std::string name, const name_binding* of) {
    using named = std::tuple<server_start, server_extra_start>;
    return changed(
        start,
        [&](auto& s) {
            s.name = name;
            s.binding = of;
        },
        static_cast<named*>(nullptr));
}

start_function with_mailbox(const start_function& start, mailbox_limit limit) {
    using bounded = std::tuple<server_start, server_template_start, server_extra_start>;
    return changed(
        start, [&](auto& s) { s.mailbox = limit; }, static_cast<bounded*>(nullptr));
}

} // namespace coppice::detail
