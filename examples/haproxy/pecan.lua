-- Asks Pecan whether a request may pass, with HAProxy's own HTTP client (HAProxy 2.6 or later; no other module is needed).
--
-- Licence: MIT OR Apache-2.0, as Pecan.
--
-- `http-request lua.pecan` either ends the request with Pecan's refusal, or replaces the headers of identity and sets
-- `txn.pecan_query` and, last, `txn.pecan_allows`. Without that variable the configuration refuses: whatever goes wrong here, an
-- error of the script included, lets nothing pass.

local ADDRESS = os.getenv("PECAN_GATEWAY") or "http://127.0.0.1:8082"
local SECRET = os.getenv("PECAN_GATEWAY_SECRET")
local TIMEOUT_MILLISECONDS = 10000

if SECRET == nil or SECRET == "" then
  error("PECAN_GATEWAY_SECRET is not set")
end

-- What the service behind believes. Pecan answers all of them, always.
local IDENTITY = {
  "x-userinfo", "x-pecan-client-id", "x-pecan-scope", "x-pecan-organization-ura", "x-pecan-organization-name",
  "x-pecan-user-id", "x-pecan-user-role", "x-pecan-decision-id", "x-pecan-identity",
}

-- What belongs to the connection with the client, and what only this script may say.
local DROPPED = {
  ["connection"] = true, ["content-length"] = true, ["expect"] = true, ["host"] = true, ["keep-alive"] = true,
  ["te"] = true, ["transfer-encoding"] = true, ["upgrade"] = true,
  ["x-pecan-gateway-secret"] = true, ["x-original-method"] = true, ["x-original-uri"] = true,
  ["x-original-host"] = true, ["x-original-proto"] = true,
}

-- What of a refusal reaches the client.
local TOLD = { "content-type", "www-authenticate", "dpop-nonce", "cache-control", "x-pecan-decision-id" }

-- HAProxy counts the values of a header from 0, its HTTP client those of a question from 1.
local function values(list)
  local copied = {}
  for index = 0, #list do
    if list[index] ~= nil then
      copied[#copied + 1] = list[index]
    end
  end
  return copied
end

local function refuse(txn, status, headers, body)
  local reply = txn:reply({ status = status })
  for _, name in ipairs(TOLD) do
    for _, value in ipairs(values(headers[name] or {})) do
      reply:add_header(name, value)
    end
  end
  if txn.sf:method() ~= "HEAD" then
    reply:set_body(body)
  end
  txn:done(reply)
end

local function unavailable(txn, reason)
  txn:Warning("pecan: " .. reason)
  refuse(txn, 503, {}, "")
end

local function question(txn, client)
  local method = txn.sf:method()
  local headers = {}
  for name, list in pairs(client) do
    if not DROPPED[name] then
      headers[name] = values(list)
    end
  end
  headers["x-pecan-gateway-secret"] = { SECRET }
  headers["x-original-method"] = { method }
  headers["x-original-uri"] = { txn.sf:url() }
  headers["x-original-host"] = { txn.sf:req_hdr("host") }
  headers["x-original-proto"] = { txn.f:ssl_fc() == 1 and "https" or "http" }
  return { url = ADDRESS .. "/gateway/auth-request", headers = headers, timeout = TIMEOUT_MILLISECONDS }
end

core.register_action("pecan", { "http-req" }, function(txn)
  -- The body is in HAProxy's buffer, or it is larger than that and nobody can judge it. How large it is tells `Content-Length`
  -- only: without it, what is in the buffer may be a part.
  local length = txn.f:req_body_len()
  local headers = txn.http:req_get_headers()
  if headers["content-length"] == nil and (length > 0 or headers["transfer-encoding"] ~= nil) then
    return refuse(txn, 411, {}, "")
  end
  if txn.f:req_body_size() ~= length then
    return refuse(txn, 413, {}, "")
  end
  local asked = question(txn, headers)
  local answer
  if length == 0 then
    answer = core.httpclient():get(asked)
  else
    asked.body = txn.f:req_body()
    answer = core.httpclient():post(asked)
  end
  if answer == nil or answer.status == nil then
    return unavailable(txn, "no answer")
  end
  if answer.status == 401 or answer.status == 403 then
    return refuse(txn, answer.status, answer.headers, answer.body)
  end
  if answer.status ~= 200 then
    return unavailable(txn, "status " .. tostring(answer.status))
  end
  for _, name in ipairs(IDENTITY) do
    local said = values(answer.headers[name] or {})
    if #said ~= 1 then
      return unavailable(txn, "no " .. name)
    end
    txn.http:req_set_header(name, said[1])
  end
  local query = values(answer.headers["x-pecan-query"] or {})
  if #query ~= 1 then
    return unavailable(txn, "no x-pecan-query; is `narrows_query` among its abilities?")
  end
  txn:set_var("txn.pecan_query", query[1])
  txn:set_var("txn.pecan_allows", true)
end, 0)
