// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <stdexcept>

// The server that most workloads talk to.
namespace benchmark {

struct add {
    int by;
};
struct add_and_get {
    int by;
    using reply = long;
};
struct get {
    using reply = long;
};
struct fail {};

class counter {
public:
    void handle_cast(add a) { n_ += a.by; }
    void handle_cast(fail) { throw std::runtime_error{"asked to"}; }
    long handle_call(add_and_get a) { return n_ += a.by; }
    long handle_call(get) const { return n_; }

private:
    long n_ = 0;
};

} // namespace benchmark
