// SPDX-License-Identifier: BSL-1.0
#include "engine.hpp"

#include <coppice/this_process.hpp>

namespace coppice::detail {

namespace {

/// A supervisor's note to itself. It is handled by the process that sent it, while its engine lives.
struct retry_envelope final : envelope {
    retry_envelope(engine& e, try_again_restart w)
        : envelope{operations}, who{e}, which{std::move(w)} {}

    engine& who;
    try_again_restart which;

    static void handle(envelope* n, void*) {
        const envelope_guard<retry_envelope> self{static_cast<retry_envelope*>(n)};
        self.n->who.try_again(self.n->which);
    }
    static void drop(envelope* n) noexcept { dispose(static_cast<retry_envelope*>(n)); }
    static constexpr envelope_ops operations{.what = envelope_ops::kind::typed,
                                             .key = nullptr,
                                             .name = type_name<try_again_restart>(),
                                             .handle = &handle,
                                             .drop = &drop,
                                             .payload = nullptr,
                                             .is_request = false,
                                             .is_internal = true};
};

} // namespace

void engine::send_retry(try_again_restart which) {
    post(this_process::self(), make_envelope<retry_envelope>(*this, std::move(which)));
}

void engine::send_retry_after(backoff::duration delay, try_again_restart which) {
    post_after(this_process::self(), delay, make_envelope<retry_envelope>(*this, std::move(which)));
}

} // namespace coppice::detail
