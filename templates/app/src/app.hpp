#pragma once
#include "ticker.hpp"
#include <coppice/release.hpp>
#include <stdexcept>

/// The application: its configuration, and its tree.
class app {
public:
    static constexpr std::string_view name = "my_app";

    /// Each field is also a variable of the environment: MY_APP_EVERY=250ms.
    struct config {
        std::chrono::milliseconds every{1000};

        void validate() const {
            if (every <= std::chrono::milliseconds{0})
                throw std::invalid_argument{"`every` must be above zero"};
        }
    };

    /// The counter first: the ticker needs it, so it is started after it, stopped before it, and
    /// restarted when the counter was.
    coppice::supervisor_spec start(const config& c) {
        return {.flags = {.strategy = coppice::rest_for_one, .intensity = 3},
                .children = {coppice::child<counter>(the_counter, 0),
                             coppice::child<ticker>(the_ticker, c.every)}};
    }
    /// When the tree has stopped.
    void stop() { coppice::log::notice("my_app has stopped"); }
};
BOOST_DESCRIBE_STRUCT(app::config, (), (every))
