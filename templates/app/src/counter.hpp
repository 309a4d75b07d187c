#pragma once
#include <coppice.hpp>

// --- what clients see ---

struct add { // a cast: no reply
    int by;
};
struct total { // a call
    using reply = int;
};

/// Counts. Its state needs no lock: it handles one message at a time.
///
/// An exception crashes the counter, not the program: its supervisor starts a new one.
class counter {
public:
    // --- what runs in the counter's own process ---

    explicit counter(int start) : n_{start} {}
    void handle_cast(add a) { n_ += a.by; }
    int handle_call(total) const { return n_; }

private:
    int n_;
};

inline constexpr coppice::server_name<counter> the_counter{"counter"};
