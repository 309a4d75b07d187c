// SPDX-License-Identifier: BSL-1.0
#include <coppice/start.hpp>

namespace coppice::detail {

start_name::start_name() noexcept = default;
start_name::start_name(std::string_view name) : text{name} {}
start_name::start_name(std::shared_ptr<const key_claim> claim) noexcept : key{std::move(claim)} {}
start_name::start_name(const start_name&) = default;
start_name::start_name(start_name&&) noexcept = default;
start_name& start_name::operator=(const start_name&) = default;
start_name& start_name::operator=(start_name&&) noexcept = default;
start_name::~start_name() = default;

server_start_options start_access::plain(const start_name& name,
                                         time_limit timeout,
                                         const mailbox_limit& mailbox,
                                         bool skip_late_requests) {
    return {.name = name.text,
            .binding = name.binding,
            .key = name.key.get(),
            .timeout = timeout,
            .mailbox = mailbox,
            .skip_late_requests = skip_late_requests};
}

} // namespace coppice::detail
