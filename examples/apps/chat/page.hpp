// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace chat {

inline constexpr const char* page = R"html(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Rooms</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 40em; margin: 2em auto; padding: 0 1em; }
  #lines { list-style: none; padding: 0; min-height: 12em; }
  #lines .note { color: #777; font-style: italic; }
  #lines b { margin-right: .5em; }
  input { font: inherit; padding: .2em .4em; }
  #what { width: 70%; }
</style>
</head>
<body>
<h1>Rooms</h1>
<form id="enter"><input id="room" placeholder="room" value="lobby"> <input id="name" placeholder="your name">
  <button>Go in</button></form>
<ul id="lines"></ul>
<form id="say" hidden><input id="what" placeholder="say something; /crash crashes the room"> <button>Say</button></form>
<script>
"use strict";
const by = id => document.getElementById(id);
let socket, wait = 250;

function add(text, from) {
  const item = document.createElement("li");
  if (from) {
    const b = document.createElement("b");
    b.textContent = from;
    item.append(b);
  } else
    item.className = "note";
  item.append(text);
  by("lines").append(item);
  item.scrollIntoView();
}

function connect() {
  socket = new WebSocket(location.href.replace(/^http/, "ws"));
  socket.onopen = () => {
    wait = 250;
    socket.send(JSON.stringify({room: by("room").value, name: by("name").value}));
  };
  socket.onmessage = event => {
    const m = JSON.parse(event.data);
    if (m.history) {
      by("lines").replaceChildren();
      m.history.forEach(l => add(l.text, l.from));
    } else if (m.from)
      add(m.text, m.from);
    else if (m.came)
      add(m.came + " comes in");
    else if (m.went)
      add(m.went + " leaves");
    else if (m.again)
      add("the room crashed, and is back");
    else
      add(m.error);
  };
  socket.onclose = () => {
    add("disconnected: trying again");
    setTimeout(connect, wait = Math.min(2 * wait, 8000));
  };
}

by("enter").onsubmit = event => {
  event.preventDefault();
  by("enter").hidden = true;
  by("say").hidden = false;
  connect();
};
by("say").onsubmit = event => {
  event.preventDefault();
  socket.send(JSON.stringify({say: by("what").value}));
  by("what").value = "";
};
</script>
</body>
</html>
)html";

} // namespace chat
