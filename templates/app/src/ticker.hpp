#pragma once
#include "counter.hpp"

struct tick {}; // from the ticker to itself

/// Adds one to the counter once in `every`, and logs the total.
class ticker {
public:
    explicit ticker(std::chrono::milliseconds every) : every_{every} {
        coppice::this_process::trap_exit(true); // so that `terminate` runs when the tree stops
        tick_later();
    }

    void handle_info(tick) {
        the_counter.cast(add{1});
        coppice::log::notice("total is {}", the_counter.call(total{}));
        tick_later();
    }
    void terminate(const coppice::exit_reason& why) { coppice::log::notice("stops: {}", why); }

private:
    void tick_later() { coppice::this_process::self(this).send_after(every_, tick{}); }

    std::chrono::milliseconds every_;
};

inline constexpr coppice::server_name<ticker> the_ticker{"ticker"};
