// SPDX-License-Identifier: BSL-1.0
// Goes through all pages of a site, some at a time, each in a task of its own.
#include "../options.hpp"
#include "page.hpp"
#include <coppice.hpp>
#include <coppice/async_stream.hpp>
#include <map>

namespace po = boost::program_options;
using namespace coppice;

namespace {

struct limits {
    std::size_t concurrency = 4;
    std::size_t depth = 5;
    std::chrono::milliseconds timeout{2000};
};

constexpr auto before_second_try = std::chrono::milliseconds{200};

using pages = std::map<std::string, result<crawler::page>>;

/// All of these, `concurrency` at a time. What went wrong with one is its result.
pages fetch_all(const crawler::site& from, const crawler::paths& paths, const limits& l) {
    pages found;
    const auto fetch = [from](const std::string& path) { return crawler::fetch(from, path); };
    auto path = paths.begin();
    for (result<crawler::page>& r : async_stream(
             paths, fetch, {.max_concurrency = l.concurrency, .timeout = time_span{l.timeout}}))
        found.emplace(*path++, std::move(r));
    return found;
}

/// A page that failed gets a second try, when the server has had a moment.
pages fetch_twice(const crawler::site& from, const crawler::paths& paths, const limits& l) {
    pages found = fetch_all(from, paths, l);
    crawler::paths again;
    for (const auto& [path, r] : found)
        if (!r)
            again.insert(path);
    if (again.empty())
        return found;
    this_process::sleep(before_second_try);
    for (auto& [path, r] : fetch_all(from, again, l))
        found.at(path) = std::move(r);
    return found;
}

std::string why(const failure& f) {
    if (f.code == errc::timeout)
        return "no answer in time";
    const auto* crash = f.reason.crash();
    const std::string text = crash ? crash->what : f.detail;
    return text.substr(0, text.find(" [")); // Boost's number, and its own line, stand behind it
}

void report(const pages& all) {
    std::size_t bytes = 0, failed = 0;
    for (const auto& [path, r] : all)
        if (r) {
            std::cout << r->status << "  " << r->took.count() << " ms, " << r->bytes << " bytes, "
                      << r->links.size() << " links  " << path << '\n';
            bytes += r->bytes;
        } else {
            std::cout << "failed  " << path << ": " << why(r.error()) << '\n';
            ++failed;
        }
    std::cout << all.size() << " pages, " << failed << " failed, " << bytes << " bytes\n";
}

int crawl(const crawler::address& start, const limits& l) {
    pages all;
    crawler::paths next{start.path};
    for (std::size_t depth = 0; depth <= l.depth && !next.empty(); ++depth) {
        pages found = fetch_twice(start.where, next, l);
        next.clear();
        for (const auto& [path, r] : found)
            for (const std::string& link : r ? r->links : crawler::paths{})
                if (!all.contains(link) && !found.contains(link))
                    next.insert(link);
        all.merge(found);
    }
    report(all);
    const result<crawler::page>& first = all.at(start.path);
    return first && first->status < 400 ? 0 : 1;
}

} // namespace

int main(int count, char** arguments) {
    std::string start;
    limits l;
    std::size_t timeout = 2000;
    return apps::with_options(
        count, arguments,
        "crawler --start http://HOST[:PORT]/PATH [OPTION]...\nFollows the links of a site, each "
        "page once, and says what became of each",
        [&](auto add) {
            add("start", po::value(&start)->required(), "where to begin");
            add("concurrency", po::value(&l.concurrency), "pages at a time");
            add("depth", po::value(&l.depth), "how many links away from the start");
            add("timeout", po::value(&timeout), "milliseconds for a page");
        },
        [&] {
            if (l.concurrency == 0 || timeout == 0)
                throw std::invalid_argument{"--concurrency and --timeout must be above 0"};
            l.timeout = std::chrono::milliseconds{timeout};
            const crawler::address a = crawler::address_of(start);
            log::set_level(severity::critical); // a page that fails is in the report
            return application{}.run([&] { return crawl(a, l); });
        });
}
