// SPDX-License-Identifier: BSL-1.0
// Accounts and transfers over HTTP.
#include "../listening.hpp"
#include "../options.hpp"
#include "http_server.hpp"
#include "servers.hpp"

namespace po = boost::program_options;
using namespace coppice;

namespace {

int serve(unsigned short port, const std::string& journal_file) {
    {
        bank::books whole; // a journal that cannot be read ends the program, with a sentence
        const bank::journal readable{journal_file, whole};
    }
    const int listening = apps::listen_on(port);
    apps::say_where("bank", port);
    // The front beside the bank: clients stay connected while accounts are brought back.
    return application{
        {},
        {child<supervisor>(
            server_name<supervisor>{"top"}, {},
            {bank::bank_tree(journal_file),
             child<supervisor>(
                 "front", {.strategy = rest_for_one},
                 {child<task_supervisor>(bank::the_connections, {.max_children = 1000}),
                  child<task<>>("listener", bank::accept_clients, listening)})})}}
        .run();
}

} // namespace

int main(int count, char** arguments) {
    unsigned short port = 4042;
    std::string journal_file = "bank.journal";
    return apps::with_options(
        count, arguments, "bank [OPTION]...\nAccounts and transfers over HTTP, in cents",
        [&](auto add) {
            add("port", po::value(&port), "port to listen on; 0: any that is free");
            add("journal", po::value(&journal_file), "file in which each change is written");
        },
        [&] { return serve(port, journal_file); });
}
