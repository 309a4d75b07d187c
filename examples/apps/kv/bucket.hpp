// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice.hpp>
#include <map>
#include <optional>
#include <string>

namespace kv {

struct put {
    std::string key, value;
};
struct get {
    std::string key;
    using reply = std::optional<std::string>;
};
struct erase {
    std::string key;
    using reply = bool; ///< it was there
};
struct crash {};

/// Keys and values of one name.
class bucket {
public:
    void handle_cast(put p) { values_.insert_or_assign(std::move(p.key), std::move(p.value)); }
    std::optional<std::string> handle_call(const get& g) const {
        const auto found = values_.find(g.key);
        return found == values_.end() ? std::nullopt : std::optional{found->second};
    }
    bool handle_call(const erase& e) { return values_.erase(e.key) == 1; }
    void handle_cast(crash) { throw std::runtime_error{"asked to crash"}; }

private:
    std::map<std::string, std::string> values_;
};

inline coppice::registry<std::string, bucket> buckets{"buckets"};
inline constexpr coppice::server_name<coppice::dynamic_supervisor> the_buckets{"buckets"};

/// Starts the bucket of that name, if there is none. Permanent: one that crashed comes back under
/// its name, empty; the others keep what they have.
///
/// Errors: as `dynamic_supervisor::try_start_child`, but `already_started`.
inline coppice::result<void> create(const std::string& name) {
    const auto started = coppice::dynamic_supervisor::try_start_child(
        the_buckets, coppice::child<bucket>(buckets(name)));
    if (!started && started.error().code != coppice::errc::already_started)
        return started.error();
    return {};
}

} // namespace kv
