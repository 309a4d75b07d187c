// SPDX-License-Identifier: BSL-1.0
// Tries: an Asio program that calls servers, in a user's strict build: see `strict` beside it.
// Right: no warning that stands in a Coppice header, and it runs.
#include <coppice.hpp>
#include <coppice/asio.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

namespace {
using namespace coppice;
using namespace std::chrono_literals;

struct total {
    using reply = int;
};
struct nothing {
    using reply = void;
};

class srv {
public:
    int handle_call(total) { return 1; }
    void handle_call(nothing) {}
};
inline constexpr server_name<srv> name{"srv"};
} // namespace

int main() {
    return application{{}, {child<srv>(name)}}.run([] {
        boost::asio::io_context io;
        int n = 0;
        async_call(name, total{},
                   boost::asio::bind_executor(
                       io, [&n](boost::system::error_code, int answer) { n += answer; }));
        async_call(name, nothing{}, 1s,
                   boost::asio::bind_executor(
                       io, [&n](boost::system::error_code failed) { n += failed ? 0 : 1; }));
        auto third =
            async_call(name, total{}, boost::asio::bind_executor(io, boost::asio::use_future));
        blocking([&io] { io.run(); });
        return n + third.get() == 3 ? 0 : 1;
    });
}
