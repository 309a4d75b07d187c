# SPDX-License-Identifier: BSL-1.0
# What Doxygen must not read of the public headers, for sed -E -z; the lines stay, so that their numbers do.
# A specialisation whose template it does not read, since it cannot place it.
s/template <[^\n]*>\n(inline constexpr std::string_view detail::behaviour_of<|struct boost::system::is_error)[^\n]*;/\n/g
# A friend that is machinery or a comparison: it would be linked to, and not be written.
s/\n *friend [^\n;{]*;[^\n]*/\n/g
s/\n *friend [^\n;{]*\n[^\n;{]*= default;[^\n]*/\n\n/g
s/\n *friend bool operator==[^\n]*\{\n[^\n]*\n *\}/\n\n\n/g
