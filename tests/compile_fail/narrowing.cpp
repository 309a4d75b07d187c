// SPDX-License-Identifier: BSL-1.0
// An answer that would be cut on its way.
// expect: coppice: handle_call(M) must return M::reply (without narrowing); handle_call(M, from<R>) returns void
#include "counter.hpp"

class bad {
public:
    std::size_t handle_call(total) { return 1; }
};

int f(server_ref<bad> r) { return r.call(total{}); }
