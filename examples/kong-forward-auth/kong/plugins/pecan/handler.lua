-- Asks Pecan whether a request may pass. Whatever goes wrong is a refusal.
--
-- Licence: MIT OR Apache-2.0, as Pecan.

local http = require "resty.http"

-- What the service behind believes. Pecan answers all of them, always.
local IDENTITY = {
  "X-Userinfo", "X-Pecan-Client-Id", "X-Pecan-Scope", "X-Pecan-Organization-Ura", "X-Pecan-Organization-Name",
  "X-Pecan-User-Id", "X-Pecan-User-Role", "X-Pecan-Decision-Id", "X-Pecan-Identity",
}

-- What belongs to the connection with the client, and what only this plugin may say.
local DROPPED = {
  ["connection"] = true, ["content-length"] = true, ["expect"] = true, ["host"] = true, ["keep-alive"] = true,
  ["te"] = true, ["transfer-encoding"] = true, ["upgrade"] = true,
  ["x-pecan-gateway-secret"] = true, ["x-forwarded-method"] = true, ["x-forwarded-uri"] = true,
  ["x-forwarded-host"] = true, ["x-forwarded-proto"] = true,
}

-- What of a refusal reaches the client.
local TOLD = { "Content-Type", "WWW-Authenticate", "DPoP-Nonce", "Cache-Control", "X-Pecan-Decision-Id" }

-- The most header fields of a request.
local HEADERS_MAX = 256

-- Removed before the request goes on: they are for the gateway.
local REMOVED = { "Authorization", "DPoP", "X-Pecan-Gateway-Secret" }

-- Before rate limits and transformations, as other plugins that authenticate.
local Pecan = { PRIORITY = 1000, VERSION = "1.0.0" }

local function unavailable(reason)
  kong.log.err("pecan: ", reason)
  return kong.response.exit(503)
end

local function question(conf, headers, body)
  local told = {}
  for name, value in pairs(headers) do
    if not DROPPED[string.lower(name)] then
      told[name] = value
    end
  end
  told["X-Pecan-Gateway-Secret"] = conf.secret
  told["X-Forwarded-Method"] = kong.request.get_method()
  -- As the client wrote it, not as Kong routes it.
  told["X-Forwarded-Uri"] = ngx.var.request_uri
  told["X-Forwarded-Host"] = ngx.var.http_host
  told["X-Forwarded-Proto"] = kong.request.get_scheme()
  return { method = body == "" and "GET" or "POST", headers = told, body = body ~= "" and body or nil }
end

local function refuse(answer)
  local headers = {}
  for _, name in ipairs(TOLD) do
    headers[name] = answer.headers[name]
  end
  return kong.response.exit(answer.status, answer.body, headers)
end

function Pecan:access(conf)
  local headers, problem = ngx.req.get_headers(HEADERS_MAX)
  if problem == "truncated" then
    return kong.response.exit(431)
  end
  -- A body that Kong put into a file is one that nobody judges.
  local body = kong.request.get_raw_body()
  if body == nil then
    return kong.response.exit(413)
  end
  local client = http.new()
  client:set_timeout(conf.timeout)
  local answer, failure = client:request_uri(conf.address .. "/gateway/forward-auth", question(conf, headers, body))
  if not answer then
    return unavailable(failure)
  end
  if answer.status == 401 or answer.status == 403 then
    return refuse(answer)
  end
  if answer.status ~= 200 then
    return unavailable("status " .. answer.status)
  end
  for _, name in ipairs(IDENTITY) do
    local value = answer.headers[name]
    if type(value) ~= "string" then
      return unavailable("no " .. name)
    end
    kong.service.request.set_header(name, value)
  end
  for _, name in ipairs(REMOVED) do
    kong.service.request.clear_header(name)
  end
end

return Pecan
