-- What the plugin `pecan` is told.
--
-- Licence: MIT OR Apache-2.0, as Pecan.

local typedefs = require "kong.db.schema.typedefs"

return {
  name = "pecan",
  fields = {
    { consumer = typedefs.no_consumer },
    { protocols = typedefs.protocols_http },
    { config = {
        type = "record",
        fields = {
          -- Where Pecan listens for gateways.
          { address = typedefs.url({ required = true }) },
          { secret = { type = "string", required = true, referenceable = true, encrypted = true, len_min = 16 } },
          { timeout = { type = "integer", default = 10000, between = { 1, 60000 } } },
        },
    } },
  },
}
