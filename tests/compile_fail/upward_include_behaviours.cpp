// SPDX-License-Identifier: BSL-1.0
// A file of behaviours/ that includes a header of supervisors/.
// sees: behaviours
// expect: coppice/supervisor.hpp
#include <coppice/supervisor.hpp>
