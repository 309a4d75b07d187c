// SPDX-License-Identifier: BSL-1.0
#include "engine.hpp"

#include <coppice/this_process.hpp>

namespace coppice::detail {

namespace {

/// A message of a supervisor to itself, so it is handled while its engine exists.
struct retry_envelope final : envelope {
    retry_envelope(engine& e, try_again_restart w)
        : envelope{operations}, owner{e}, which{std::move(w)} {}

    engine& owner;
    try_again_restart which;

    static void handle(envelope* n, void*) {
        const envelope_guard<retry_envelope> self{static_cast<retry_envelope*>(n)};
        self.n->owner.try_again(self.n->which);
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
