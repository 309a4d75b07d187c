// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <chrono>
#include <set>
#include <string>
#include <string_view>

namespace crawler {

/// Of a site: what stands before the first slash of its pages.
struct site {
    std::string host;
    std::string port = "80";
};

/// `http://host:port/path`, taken apart. `path` begins with a slash.
struct address {
    site where;
    std::string path;
};
/// Errors: std::invalid_argument for what is no plain http.
address address_of(std::string_view url);

using paths = std::set<std::string>;

struct page {
    unsigned status = 0;
    std::size_t bytes = 0;
    std::chrono::milliseconds took{}; ///< from the look-up of the host to the end of the page
    paths links;                      ///< to pages of the same site; a redirection is one
};

/// Gets one page. Bodies above a megabyte are refused.
///
/// Errors: boost::system::system_error when the server cannot be reached, hangs up, or answers what
/// is no HTTP.
/// Context: a process; suspends, for as long as the server wants to: give its task a time limit.
page fetch(const site& from, const std::string& path);

/// The targets of `href="..."` that lie on the same site, without their fragments. What cannot be
/// asked for, such as a target with a space, is no link.
paths links_in(std::string_view html, const site& of);

} // namespace crawler
