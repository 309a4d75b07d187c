// SPDX-License-Identifier: BSL-1.0
#include <coppice/detail/child_start.hpp>

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

start_function with_mailbox(const start_function& start, mailbox_limit limit) {
    if (const auto* server = start.target<server_start>()) {
        server_start bounded = *server;
        bounded.mailbox = limit;
        return bounded;
    }
    if (const auto* server = start.target<server_template_start>()) {
        server_template_start bounded = *server;
        bounded.mailbox = limit;
        return bounded;
    }
    return start;
}

} // namespace coppice::detail
