// SPDX-License-Identifier: BSL-1.0
// An Asio program gets (error_code, reply), so there must be a reply when there is an error.
// expect: coppice: async_call hands over (error_code, reply), so the reply must be default constructible
#include <coppice/asio.hpp>
#include <coppice/gen_server.hpp>

using namespace coppice;

struct page {
    explicit page(int n) : number{n} {}
    int number;
};
struct fetch {
    using reply = page;
};
struct library {
    page handle_call(fetch) { return page{1}; }
};

void f(server_ref<library> r) {
    async_call(r, fetch{}, [](boost::system::error_code, page) {});
}
