-- Counts a request against every quota, or against none if one of them is used up.
-- KEYS: a counter for each quota. ARGV: 1 to count or 0 to peek, then limit and window (ms) of each quota.
-- Returns 1 if it is allowed or 0, then for each quota its count and the milliseconds left of its window.
local counted, left, allowed = {}, {}, 1

for i, key in ipairs(KEYS) do
  left[i] = redis.call('PTTL', key)
  if left[i] < 0 then
    counted[i], left[i] = 0, tonumber(ARGV[2 * i + 1])
  else
    counted[i] = tonumber(redis.call('GET', key))
  end
  if counted[i] >= tonumber(ARGV[2 * i]) then
    allowed = 0
  end
end

local answer = { allowed }
for i, key in ipairs(KEYS) do
  if allowed == 1 and ARGV[1] == '1' then
    if counted[i] == 0 then
      redis.call('SET', key, 1, 'PX', left[i])
    else
      redis.call('INCR', key)
    end
    counted[i] = counted[i] + 1
  end
  answer[2 * i] = counted[i]
  answer[2 * i + 1] = left[i]
end
return answer
