// SPDX-License-Identifier: BSL-1.0
#pragma once
namespace coppice {

/// A list of message types: `using postpone = messages<enter, leave>;`
template <class... Ms>
struct messages {};

} // namespace coppice
