// SPDX-License-Identifier: BSL-1.0
// A file of framework/ that includes a header of behaviours/.
// sees: framework
// expect: coppice/gen_server.hpp
#include <coppice/gen_server.hpp>
