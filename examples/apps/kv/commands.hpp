// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice.hpp>
#include <string>
#include <string_view>

namespace kv {

inline constexpr coppice::server_name<coppice::supervisor> the_root{"kv"};

/// Does what one line asks for. The answer is one line, or several of which the last is `OK`.
///
/// | line | answer |
/// |---|---|
/// | `CREATE bucket` | `OK` |
/// | `PUT bucket key value` | `OK` |
/// | `GET bucket key` | the value, `OK` |
/// | `DELETE bucket key` | `OK` |
/// | `LIST` | a name a line, `OK` |
/// | `TREE` | the supervision tree, `OK` |
/// | `CRASH bucket` | `OK`: the bucket ends by an exception |
///
/// Errors: `NOT FOUND` for a bucket or a key; `UNKNOWN COMMAND`; `ERROR` and a sentence.
/// Context: a process; suspends.
std::string run(std::string_view line);

} // namespace kv
