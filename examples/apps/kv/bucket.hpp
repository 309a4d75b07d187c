// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice.hpp>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>

namespace kv {

struct put {
    std::string key, value;
    using reply = void; // answered once the value is stored: OK means that it is there
};
struct get {
    std::string key;
    using reply = std::optional<std::string>;
};
struct erase {
    std::string key;
    using reply = bool; ///< whether it was there
};
struct crash {};

/// A bucket: a server that keeps keys and values, for as long as its process lives.
///
/// It keeps them in memory only. After a crash its supervisor starts it under the same name, empty.
class bucket {
public:
    void handle_call(put p) { values_.insert_or_assign(std::move(p.key), std::move(p.value)); }
    std::optional<std::string> handle_call(const get& g) const {
        const auto found = values_.find(g.key);
        return found == values_.end() ? std::nullopt : std::optional{found->second};
    }
    bool handle_call(const erase& e) { return values_.erase(e.key) > 0; }
    void handle_cast(crash) { throw std::runtime_error{"told to crash"}; }

    std::string format_status() const { return std::to_string(values_.size()) + " keys"; }

private:
    std::map<std::string, std::string> values_;
};

/// The buckets by name. A registry is an object, no process: it needs no place in the tree.
inline coppice::registry<std::string, bucket> buckets{"buckets"};
inline constexpr coppice::server_name<coppice::dynamic_supervisor> the_buckets{"bucket_supervisor"};

/// Starts a bucket if there is none of that name.
///
/// It is permanent: it ends by a crash only, and comes back empty.
inline void create(const std::string& name) {
    if (buckets.whereis(name).process())
        return;
    const auto started = coppice::dynamic_supervisor::try_start_child(
        the_buckets, coppice::child<bucket>(buckets(name)));
    if (!started && started.error().code != coppice::errc::already_started)
        started.value(); // throws; `already_started`: another client was faster
}

} // namespace kv
