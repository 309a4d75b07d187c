// SPDX-License-Identifier: BSL-1.0
// The standard headers alone: those that Coppice's own headers include, and those that the server
// of coppice.cpp would need if it were written by hand, with a thread, a lock and a queue.
#include <any>
#include <array>
#include <atomic>
#include <chrono>
#include <compare>
#include <concepts>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <ratio>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <variant>
#include <vector>

int main() {}
