// SPDX-License-Identifier: Apache-2.0
// load.c - latency-correct HTTP/1.1 load generator for chat completions, one thread, epoll.
//   load unary PORT CONNS RATE SECONDS BODYFILE KEY [WARM_S]   RATE>0: open loop, latency counted from the scheduled time; 0: closed loop
//   load sse   PORT STREAMS SECONDS BODYFILE KEY [RAMP_S]      closed loop of STREAMS concurrent SSE streams
// prints one JSON object; chunk latency = receive time - the CLOCK_MONOTONIC stamp that mock.c wrote into the chunk.
// build: cc -O2 -Wall -o load load.c
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <errno.h>
#include <time.h>
#include <fcntl.h>
#include <stdint.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
typedef unsigned long long ull;
static ull now(void){ struct timespec t; clock_gettime(CLOCK_MONOTONIC,&t); return t.tv_sec*1000000000ull+t.tv_nsec; }
// log-linear histogram, 1/128 relative
#define NB 8192
typedef struct { ull b[NB],n,sum,max; } hist;
static int bidx(ull v){ if(v<128)return v; int s=63-__builtin_clzll(v)-7; int i=128*(s+1)+((v>>s)-128); return i<NB?i:NB-1; }
static ull bval(int i){ if(i<128)return i; int s=i/128-1; return ((ull)(i%128)+128)<<s; }
static void hadd(hist*h,ull v){ h->b[bidx(v)]++; h->n++; h->sum+=v; if(v>h->max)h->max=v; }
static double q(hist*h,double p){ ull t=h->n*p,c=0; for(int i=0;i<NB;i++){c+=h->b[i]; if(c>t)return bval(i)/1000.0;} return h->max/1000.0; }
static void hout(const char*nm,hist*h){ printf("\"%s\":{\"n\":%llu,\"mean\":%.1f,\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f}",nm,h->n,h->n?h->sum/1000.0/h->n:0,q(h,.5),q(h,.9),q(h,.99),q(h,.999),h->max/1000.0); }
#define BUF 65536
typedef struct { int fd,len,busy,head,cl,got,chunked,status,first; char*buf; ull t0; int ctx; } conn;
static conn *V; static int N; static int ep,port; static char*req; static int reqn; static hist L,T,K; static ull errs,non200,done,t_begin,t_end,t_meas,reconn; static int sse;
static int *idle,idn; static ull streams_done,chunks;
static int dial(conn*c){ int f=socket(AF_INET,SOCK_STREAM,0),one=1; struct sockaddr_in sa={.sin_family=AF_INET,.sin_port=htons(port),.sin_addr.s_addr=htonl(INADDR_LOOPBACK)};
  if(f<0||connect(f,(void*)&sa,sizeof sa)){ if(f>=0)close(f); c->fd=-1; errs++; return -1;} setsockopt(f,IPPROTO_TCP,TCP_NODELAY,&one,4); fcntl(f,F_SETFL,O_NONBLOCK); c->fd=f; c->len=0; c->busy=0; struct epoll_event e={.events=EPOLLIN,.data.u32=c-V}; epoll_ctl(ep,EPOLL_CTL_ADD,f,&e); return 0; }
static void redial(conn*c){ if(c->fd>=0)close(c->fd); reconn++; dial(c); }
static void fire(conn*c,ull t){ c->busy=1; c->head=0; c->len=0; c->got=0; c->cl=-1; c->chunked=0; c->first=0; c->t0=t; c->ctx=0;
  int o=0; while(o<reqn){ int k=send(c->fd,req+o,reqn-o,MSG_NOSIGNAL); if(k>0)o+=k; else if(errno!=EAGAIN){ errs++; redial(c); return;} } }
static void finish(conn*c,ull t){ if(c->status!=200)non200++; if(c->t0>=t_meas){ if(!sse)hadd(&L,t-c->t0); done++; } c->busy=0; streams_done++; idle[idn++]=c-V; }
static void scan(conn*c,ull t){ // SSE stamps in buf; keep a tail
  char*p=c->buf,*e=c->buf+c->len; 
  for(;;){ char*z=memmem(p,e-p," T",2); if(!z||e-z<21)break; ull s=0; int i; for(i=0;i<19;i++){ char d=z[2+i]; if(d<'0'||d>'9')break; s=s*10+(d-'0'); } if(i==19){ if(!c->first){c->first=1; if(c->t0>=t_meas)hadd(&T,t-c->t0);} chunks++; if(t>=t_meas)hadd(&K,t-s); p=z+21; } else p=z+2; }
}
static int onread(conn*c){ int k=recv(c->fd,c->buf+c->len,BUF-c->len,0); if(k==0||(k<0&&errno!=EAGAIN)){ if(c->busy){errs++; int b=c->busy; redial(c); if(b)idle[idn++]=c-V;} else redial(c); return 0;} if(k<0)return 0; ull t=now(); c->len+=k;
  if(!c->busy){ c->len=0; return 0; }
  if(!c->head){ char*e=memmem(c->buf,c->len,"\r\n\r\n",4); if(!e)return 0; e[2]=0; c->status=atoi(c->buf+9); char*p=strcasestr(c->buf,"\r\ncontent-length:"); if(p)c->cl=atoi(p+17); if(strcasestr(c->buf,"\r\ntransfer-encoding: chunked"))c->chunked=1; int h=e+4-c->buf; memmove(c->buf,c->buf+h,c->len-h); c->len-=h; c->head=1; }
  if(c->chunked){ if(sse)scan(c,t); int end=c->len>=5&&!memcmp(c->buf+c->len-5,"0\r\n\r\n",5)&&(!sse||memmem(c->buf,c->len,"[DONE]",6)||c->ctx||c->status!=200); 
    if(end){ finish(c,t); return 0;} if(sse){ if(memmem(c->buf,c->len,"[DONE]",6))c->ctx=1; 
      // keep the bytes after the last complete stamp: at most 64
      int keep=c->len<64?c->len:64; char*z=NULL; for(char*s=c->buf+c->len-keep;;){ char*y=memmem(s,c->buf+c->len-s," T",2); if(!y)break; if(c->buf+c->len-y>=21){s=y+2;z=y+21;continue;} break;} if(z){ keep=c->buf+c->len-z; } memmove(c->buf,c->buf+c->len-keep,keep); c->len=keep; }
    else if(c->len>=BUF-1) c->len=0; return 0; }
  c->got+=c->len; if(sse)scan(c,t); c->len=0; if(c->cl>=0&&c->got>=c->cl)finish(c,t); return 0; }
int main(int a,char**v){ if(a<7)return 2; signal(SIGPIPE,SIG_IGN); prctl(PR_SET_TIMERSLACK,1); sse=!strcmp(v[1],"sse"); port=atoi(v[2]); N=atoi(v[3]); double rate=0; int i=4; if(!sse)rate=atof(v[i++]); double secs=atof(v[i++]); char*bf=v[i++]; char*key=v[i++]; double warm=a>i?atof(v[i]):0.5;
  FILE*f=fopen(bf,"r"); if(!f)return 2; char*body=malloc(1<<21); int bl=fread(body,1,1<<21,f); fclose(f); req=malloc(bl+1024);
  reqn=sprintf(req,"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nAccept: */*\r\nUser-Agent: load/1\r\nContent-Length: %d\r\n\r\n",port,key,bl); memcpy(req+reqn,body,bl); reqn+=bl;
  ep=epoll_create1(0); V=calloc(N,sizeof*V); idle=malloc(sizeof(int)*(N*4+16)); 
  for(int j=0;j<N;j++){ V[j].buf=malloc(BUF+1); V[j].fd=-1; }
  static struct epoll_event E[512]; ull sched; t_begin=now(); 
  if(sse){ // ramp evenly over `warm` seconds
    t_meas=t_begin+(ull)((warm+0.2)*1e9); t_end=t_meas+(ull)(secs*1e9); int opened=0; 
    for(;;){ ull t=now(); if(t>=t_end)break; int want=warm>0?(int)((t-t_begin)/1e9/warm*N):N; if(want>N)want=N; while(opened<want){ if(!dial(&V[opened]))fire(&V[opened],now()); opened++; }
      int n=epoll_wait(ep,E,512,opened<N?1:50); for(int j=0;j<n;j++)onread(&V[E[j].data.u32]); while(idn>0){ conn*c=&V[idle[--idn]]; if(c->fd<0&&dial(c)){ continue; } fire(c,now()); } } }
  else { for(int j=0;j<N;j++){ dial(&V[j]); idle[idn++]=j; } t_begin=now(); t_meas=t_begin+(ull)(warm*1e9); t_end=t_meas+(ull)(secs*1e9); sched=t_begin; ull step=rate>0?(ull)(1e9/rate):0;
    for(;;){ ull t=now(); if(t>=t_end)break; if(rate>0){ while(idn>0&&sched<=t){ conn*c=&V[idle[--idn]]; fire(c,sched); sched+=step; t=now(); } } else while(idn>0)fire(&V[idle[--idn]],now());
      struct timespec ts={0,50000000}; if(rate>0&&idn>0){ t=now(); ull d=sched>t?sched-t:0; if(d<50000000ull)ts.tv_nsec=d; } int n=epoll_pwait2(ep,E,512,&ts,NULL); for(int j=0;j<n;j++)onread(&V[E[j].data.u32]); } }
  double el=(now()-t_meas)/1e9; printf("{\"done\":%llu,\"rps\":%.1f,\"errors\":%llu,\"non200\":%llu,\"reconn\":%llu,\"streams_done\":%llu,\"chunks\":%llu,\"chunks_measured\":%llu,",done,done/el,errs,non200,reconn,streams_done,chunks,K.n); if(sse){hout("ttfb_us",&T); printf(","); hout("chunk_us",&K);} else hout("lat_us",&L); printf("}\n"); return 0; }
