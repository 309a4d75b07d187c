// SPDX-License-Identifier: BSL-1.0
// A process is a function with a mailbox.
#include <coppice.hpp>
#include <cstdio>

using namespace coppice;

struct greeting {
    std::string name;
};
struct done {};

int main() {
    return application{}.run([] {
        const pid greeter = spawn([main = this_process::self()] {
            const greeting g = this_process::receive<greeting>();
            std::printf("Hello, %s!\n", g.name.c_str());
            main.send(done{});
        });
        greeter.send(greeting{"process"});
        this_process::receive<done>();
    });
}
