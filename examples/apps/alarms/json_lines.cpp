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
    std::size_t done = 0;
    while (done < line.size()) { // once, but on a disk that becomes full within the line
        const ssize_t n = ::write(file_, line.data() + done, line.size() - done);
        if (n < 0) {
            const int why = errno;
            take_back(done);
            errno = why;
            fail("cannot write to ", path_);
        }
        done += static_cast<std::size_t>(n);
    }
}

// The next line would go on where half of this one ends, and neither would be JSON.
void json_lines::take_back(std::size_t half) const {
    if (half > 0 && ::ftruncate(file_, ::lseek(file_, 0, SEEK_END) - static_cast<off_t>(half)) != 0)
        fail("half a line stays in ", path_);
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
