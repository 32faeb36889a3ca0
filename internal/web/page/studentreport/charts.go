package studentreport

// wide and narrow are the widths of a chart: for screens and paper, and for phones.
const wide, narrow = 680, 328
