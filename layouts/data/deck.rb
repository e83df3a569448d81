# Corners that are too acute, seen from inside (a turn to the right) or from outside.
def acute_corners(layer, limit)
  region = layer.data
  turn = 180.0 - limit
  found = region.corners(-180.0, -turn, 1) + region.corners(turn, 180.0, 1)
  DRC::DRCLayer::new(self, found.merged)
end

# Corners off a pitch in nm that is coarser than the database unit, and instances that no grid holds.
def off_grid(layer, datatype, pitch)
  flat = marks(layer, datatype) do |cell, index|
    cell.each_inst.select { |i| i.is_complex? && !i.bbox_per_layer(index).empty? }.map { |i| i.bbox_per_layer(index) }
  end
  if pitch > 1
    flat += input(layer, datatype).data.grid_check(pitch, pitch).polygons(1).merged
  end
  DRC::DRCLayer::new(self, flat)
end

# Stretches of outline whose inner edge bends more tightly than the limit, cell by cell. All lengths in nm.
def tight_bends(layer, datatype, limit:, guide_width:, sharp:, windows:, steps:, tolerance:)
  flat = marks(layer, datatype) do |cell, index|
    boxes = []
    RBA::Region::new(cell.shapes(index)).merged.each do |polygon|
      next if polygon.num_points <= 4
      contours = [polygon.each_point_hull.to_a]
      polygon.holes.times { |hole| contours << polygon.each_point_hole(hole).to_a }
      contours.each do |contour|
        chains(contour, sharp).each do |chain|
          boxes += stretches(thinned(chain, limit / windows / steps), limit, guide_width, limit / windows, tolerance)
        end
      end
    end
    boxes
  end
  DRC::DRCLayer::new(self, flat)
end

# Boxes found in each cell, everywhere that the cell is used.
def marks(layer, datatype)
  layout = source.layout
  index = layout.layer(layer, datatype)
  scratch = layout.insert_layer(RBA::LayerInfo::new)
  layout.each_cell { |cell| yield(cell, index).each { |box| cell.shapes(scratch).insert(box) } }
  flat = RBA::Region::new(RBA::RecursiveShapeIterator::new(layout, source.cell_obj, scratch)).flatten
  layout.delete_layer(scratch)
  flat.merged
end

def turn_at(a, b, c)
  ax, ay, bx, by = b.x - a.x, b.y - a.y, c.x - b.x, c.y - b.y
  Math.atan2(ax * by - ay * bx, ax * bx + ay * by)
end

def far(a, b)
  Math.hypot(a.x - b.x, a.y - b.y)
end

# The outline from each sharp corner to the next; a round outline twice round.
def chains(points, sharp)
  count = points.size
  corners = (0...count).select { |i| turn_at(points[i - 1], points[i], points[(i + 1) % count]).abs >= sharp }
  return [points + points] if corners.empty?
  found = []
  corners.each_with_index do |start, number|
    length = (corners[(number + 1) % corners.size] - start) % count
    length = count if length == 0
    found << (0..length).map { |step| points[(start + step) % count] } if length > 1
  end
  found
end

# The chain's two ends, and between them points that are not too close to each other.
def thinned(chain, step)
  kept = [chain[0]]
  chain[1...-1].each { |point| kept << point if far(kept[-1], point) >= step }
  kept.pop if kept.size > 1 && far(kept[-1], chain[-1]) < step
  kept << chain[-1]
end

# Windows begin at every corner; those too tight that share corners are one stretch.
def stretches(chain, limit, guide_width, window, tolerance)
  lengths = chain.each_cons(2).map { |a, b| far(a, b) }
  turns = chain.each_cons(3).map { |a, b, c| turn_at(a, b, c) }
  found = []
  (1..chain.size - 2).each do |first|
    last, between, total = first, 0.0, turns[first - 1]
    while last + 1 < chain.size - 1 && between + lengths[last] <= window
      between += lengths[last]
      last += 1
      total += turns[last - 1]
    end
    ends = ([lengths[first - 1], window].min + [lengths[last], window].min) / 2
    length = [between + ends, window].max
    next if total <= 0 || length / total + guide_width / 2 >= (1 - tolerance) * limit
    if found.empty? || first > found[-1][1]
      found << [first, last]
    else
      found[-1][1] = last
    end
  end
  found.map { |first, last| chain[first..last].inject(RBA::Box::new) { |box, p| box + p }.enlarged(1, 1) }
end
