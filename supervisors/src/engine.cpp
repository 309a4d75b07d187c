// SPDX-License-Identifier: BSL-1.0
#include "engine.hpp"

#include <coppice/this_process.hpp>

namespace coppice::detail {

namespace {

/// A supervisor's note to itself. It is handled by the process that sent it, while its engine lives.
struct retry_node final : node {
    retry_node(engine& e, try_again_restart w) : node{operations}, who{e}, which{std::move(w)} {}

    engine& who;
    try_again_restart which;

    static void handle(node* n, void*) {
        const node_guard<retry_node> self{static_cast<retry_node*>(n)};
        self.n->who.try_again(self.n->which);
    }
    static void drop(node* n) noexcept { dispose(static_cast<retry_node*>(n)); }
    static constexpr node_ops operations{.what = node_ops::kind::typed,
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
    post(this_process::self(), make_node<retry_node>(*this, std::move(which)));
}

void engine::send_retry_after(backoff::duration delay, try_again_restart which) {
    post_after(this_process::self(), delay, make_node<retry_node>(*this, std::move(which)));
}

} // namespace coppice::detail
