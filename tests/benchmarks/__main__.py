import time,sys
from rich.console import Console
from tests.benchmarks.sections import *
from tests.benchmarks.report import *
from tests.benchmarks.over_http import over_http
if __name__=="__main__":
  t=time.time()
  found={}
  c=Console(width=180)
  for s in over_http(QUICK):
    print_section(s,c); found|=s.figures
  print(time.time()-t)
  for k,v in found.items(): print(k,v)
