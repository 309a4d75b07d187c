// SPDX-License-Identifier: BSL-1.0
#include "handlers.hpp"
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace alarms {

namespace json = boost::json;

namespace {
[[noreturn]] void fail(const char* what, const std::string& path) {
    throw std::system_error{errno, std::generic_category(), std::string{what} + path};
}
} // namespace

json_lines::json_lines(std::string path) : path_{std::move(path)} { open(); }
json_lines::~json_lines() { ::close(file_); }

void json_lines::open() {
    const int opened = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (opened < 0)
        fail("cannot open ", path_);
    ::close(std::exchange(file_, opened));
}

void json_lines::write(std::string line) const {
    line += '\n';
    if (::write(file_, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
        fail("cannot write to ", path_);
}

void json_lines::handle_event(const raised& a) {
    write(json::serialize(json::value{{"event", "raised"},
                                      {"id", a.id},
                                      {"severity", severity_names[static_cast<int>(a.severity)]},
                                      {"text", a.text}}));
}
void json_lines::handle_event(const cleared& c) {
    write(json::serialize(json::value{{"event", "cleared"}, {"id", c.id}}));
}
void json_lines::handle_event(const left_out& l) {
    write(json::serialize(json::value{{"event", "left out"}, {"id", l.id}, {"count", l.count}}));
}
void json_lines::handle_event(reopen) { open(); }

} // namespace alarms
