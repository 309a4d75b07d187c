// SPDX-License-Identifier: BSL-1.0
// An answer of another type than the message promises.
// expect: coppice: handle_call(M) must return M::reply (without narrowing); handle_call(M, from<R>) returns void
#include "counter.hpp"

class bad {
public:
    std::string handle_call(total) { return {}; }
};

int f(server_ref<bad> r) { return r.call(total{}); }
