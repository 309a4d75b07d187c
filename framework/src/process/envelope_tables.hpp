// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/envelope.hpp>

// The tables of the envelopes that the runtime itself sends: no type of a user, and no value that a
// receiver could match.
namespace coppice::detail {

/// Goes from thread to thread, never into a mailbox; `handle` runs on the thread that gets it.
consteval envelope_ops between_threads(std::string_view name, void (*handle)(envelope*, void*)) {
    return {.what = envelope_ops::kind::runtime,
            .key = nullptr,
            .name = name,
            .handle = handle,
            .drop = nullptr,
            .payload = nullptr};
}

/// Comes to a process in order with its messages, and `handle` acts on the process.
consteval envelope_ops system_message(std::string_view name,
                                      void (*handle)(envelope*, void*),
                                      void (*drop)(envelope*) noexcept) {
    return {.what = envelope_ops::kind::system,
            .key = nullptr,
            .name = name,
            .handle = handle,
            .drop = drop,
            .payload = nullptr};
}

/// The same with an answer, which a process that ends gives, too: so it is never dropped.
consteval envelope_ops system_request(std::string_view name, void (*handle)(envelope*, void*)) {
    return {.what = envelope_ops::kind::system,
            .key = nullptr,
            .name = name,
            .handle = handle,
            .drop = nullptr,
            .payload = nullptr,
            .is_request = true};
}

} // namespace coppice::detail
