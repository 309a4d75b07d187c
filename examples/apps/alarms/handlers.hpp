// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "events.hpp"
#include <array>
#include <map>
#include <stdexcept>
#include <vector>

namespace alarms {

struct active {
    using reply = std::vector<raised>;
};
struct counts {
    using reply = std::array<std::size_t, std::size(severity_names)>;
};

/// The alarms that are on.
class table {
public:
    void handle_event(const raised& a) { on_.insert_or_assign(a.id, a); }
    void handle_event(const cleared& c) { on_.erase(c.id); }
    std::vector<raised> handle_call(active) const {
        std::vector<raised> all;
        for (const auto& [id, a] : on_)
            all.push_back(a);
        return all;
    }

private:
    std::map<std::string, raised> on_;
};

/// How many there were of each severity. It does not bear the text `crash`.
class counter {
public:
    void handle_event(const raised& a) {
        if (a.text == "crash")
            throw std::invalid_argument{"this text cannot be counted"};
        ++counts_[static_cast<std::size_t>(a.severity)];
    }
    counts::reply handle_call(counts) const { return counts_; }

private:
    counts::reply counts_{};
};

/// A line of JSON for each event, at the end of a file. A line is written by one call of the
/// kernel, so that a program that reads the file finds whole lines; half a line, for which there
/// was room on a disk that became full, is taken back.
///
/// Errors: std::system_error that names the file, of the constructor and of the events.
class json_lines {
public:
    explicit json_lines(std::string path);
    json_lines(const json_lines&) = delete;
    json_lines& operator=(const json_lines&) = delete;
    ~json_lines();

    void handle_event(const raised& a);
    void handle_event(const cleared& c);
    void handle_event(const left_out& l);
    void handle_event(reopen);

private:
    void open();
    void write(std::string line) const;
    void take_back(std::size_t half) const;

    std::string path_;
    int file_ = -1;
};

} // namespace alarms
