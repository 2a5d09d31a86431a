// SPDX-License-Identifier: Apache-2.0
// mock.c - deterministic OpenAI-compatible upstream, one thread, epoll, no allocation per request.
// Unary: a fixed ~1 KB chat completion with a usage object.  SSE: N data chunks, D microseconds apart,
// each carrying its own CLOCK_MONOTONIC send time ("T<19 digits>") so that the receiver can compute the
// latency added after the upstream wrote it; then a usage chunk and [DONE].
// build: cc -O2 -Wall -o mock mock.c      run: mock PORT [chunks=32] [delay_us=0] [first_us=0] [unary_us=0]
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

#define MAXC 32768
#define BUF 16384
typedef struct { int fd, len, left, state, want; char *buf; int sent, stream; uint64_t due; int heapi; } conn;
// state 0 reading head, 1 discarding body, 2 answering (timer)
static conn *C[MAXC];
static int NCH = 32; static uint64_t DELAY = 0, FIRST = 0, UNARY = 0;
static char unary[4096]; static int unary_len;
static const char *ssehead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-cache\r\nx-request-id: req_mock\r\nTransfer-Encoding: chunked\r\n\r\n";
static uint64_t nreq, nchunk;
static uint64_t now(void){ struct timespec t; clock_gettime(CLOCK_MONOTONIC,&t); return t.tv_sec*1000000000ull+t.tv_nsec; }
// binary heap of due times
static conn *H[MAXC]; static int HN;
static void hset(int i, conn *c){ H[i]=c; c->heapi=i; }
static void up(int i){ conn*c=H[i]; while(i>1&&H[i/2]->due>c->due){hset(i,H[i/2]);i/=2;} hset(i,c);}
static void down(int i){ conn*c=H[i]; for(;;){int k=2*i; if(k>HN)break; if(k<HN&&H[k+1]->due<H[k]->due)k++; if(H[k]->due>=c->due)break; hset(i,H[k]); i=k;} hset(i,c);}
static void hpush(conn*c){ HN++; H[HN]=c; up(HN);}
static void hdel(conn*c){ int i=c->heapi; if(!i)return; conn*l=H[HN--]; c->heapi=0; if(l!=c){ hset(i,l); up(i); down(l->heapi);} }
static void closec(conn*c){ hdel(c); close(c->fd); C[c->fd]=NULL; free(c->buf); free(c); }
static int wr(conn*c,const char*p,int n){ // small answers: a short write is treated as a fatal error for this connection unless EAGAIN, then retried
  int o=0; while(o<n){ int k=send(c->fd,p+o,n-o,MSG_NOSIGNAL); if(k>0){o+=k;continue;} if(k<0&&errno==EAGAIN){ struct timespec t={0,100000}; nanosleep(&t,0); continue;} return -1;} return 0; }
static int chunk(char*o,const char*data,int n){ int k=sprintf(o,"%x\r\n",n); memcpy(o+k,data,n); k+=n; memcpy(o+k,"\r\n",2); return k+2; }
static int mkdelta(char*o,int i){
  char d[512]; int n=sprintf(d,"data: {\"id\":\"chatcmpl-mock0000000000000000000000001\",\"object\":\"chat.completion.chunk\",\"created\":1763600000,\"model\":\"gpt-4.1-2025-04-14\",\"service_tier\":\"default\",\"system_fingerprint\":\"fp_mock\",\"choices\":[{\"index\":0,\"delta\":{%s\"content\":\" T%019llu\"},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}\n\n", i?"":"\"role\":\"assistant\",", (unsigned long long)now());
  nchunk++; return chunk(o,d,n); }
static int mktail(char*o){ char d[768]; int k=0;
  int n=sprintf(d,"data: {\"id\":\"chatcmpl-mock0000000000000000000000001\",\"object\":\"chat.completion.chunk\",\"created\":1763600000,\"model\":\"gpt-4.1-2025-04-14\",\"choices\":[{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":null}\n\n"); k+=chunk(o+k,d,n);
  n=sprintf(d,"data: {\"id\":\"chatcmpl-mock0000000000000000000000001\",\"object\":\"chat.completion.chunk\",\"created\":1763600000,\"model\":\"gpt-4.1-2025-04-14\",\"choices\":[],\"usage\":{\"prompt_tokens\":212,\"completion_tokens\":%d,\"total_tokens\":%d,\"prompt_tokens_details\":{\"cached_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":0}}}\n\n",NCH,212+NCH); k+=chunk(o+k,d,n);
  n=sprintf(d,"data: [DONE]\n\n"); k+=chunk(o+k,d,n); memcpy(o+k,"0\r\n\r\n",5); return k+5; }
static int pump(conn*c); 
static int answer(conn*c){ nreq++;
  if(!c->stream){ if(UNARY){ c->state=2; c->due=now()+UNARY*1000; hpush(c); return 0;} c->state=0; return wr(c,unary,unary_len); }
  if(wr(c,ssehead,strlen(ssehead)))return -1; c->sent=0; c->state=2; c->due=now()+FIRST*1000;
  if(!FIRST&&!DELAY){ char o[65536]; int k=0; for(;c->sent<NCH;c->sent++){ k+=mkdelta(o+k,c->sent); if(k>60000){ if(wr(c,o,k))return -1; k=0;} } if(wr(c,o,k))return -1; k=mktail(o); c->state=0; return wr(c,o,k);} 
  hpush(c); return 0; }
static int fire(conn*c){ // timer
  if(!c->stream){ c->state=0; if(wr(c,unary,unary_len))return -1; return pump(c);} 
  char o[2048]; if(c->sent<NCH){ int k=mkdelta(o,c->sent++); if(wr(c,o,k))return -1; c->due+=DELAY*1000; hpush(c); return 0; }
  int k=mktail(o); c->state=0; if(wr(c,o,k))return -1; return pump(c); }
static int pump(conn*c){ // consume buffered input
  for(;;){
    if(c->state==2) return 0;
    if(c->state==0){ char*e=memmem(c->buf,c->len,"\r\n\r\n",4); if(!e){ return c->len>=BUF?-1:0; }
      int hl=e+4-c->buf; c->left=0; c->stream=0; e[2]=0; char*p=strcasestr(c->buf,"\r\ncontent-length:"); if(p)c->left=atoi(p+17);
      int chunked = strcasestr(c->buf,"\r\ntransfer-encoding: chunked")!=NULL; e[2]='\r';
      if(chunked){ // good enough for test peers: wait for the terminating chunk
        char*z=memmem(c->buf+hl,c->len-hl,"0\r\n\r\n",5); if(!z){ if(c->len>=BUF) return -1; return 0;} int tot=z+5-c->buf;
        if(memmem(c->buf+hl,tot-hl,"\"stream\":true",13)||memmem(c->buf+hl,tot-hl,"\"stream\": true",14))c->stream=1; memmove(c->buf,c->buf+tot,c->len-tot); c->len-=tot; if(answer(c))return -1; continue; }
      memmove(c->buf,c->buf+hl,c->len-hl); c->len-=hl; c->state=1; }
    if(c->state==1){ int t=c->len<c->left?c->len:c->left; if(!c->stream&&t&&(memmem(c->buf,t,"\"stream\":true",13)||memmem(c->buf,t,"\"stream\": true",14)))c->stream=1; 
      memmove(c->buf,c->buf+t,c->len-t); c->len-=t; c->left-=t; if(c->left)return 0; if(answer(c))return -1; if(c->state==1)c->state=0; if(!c->len) return 0; }
  } }
static void onsig(int s){ fprintf(stderr,"mock: %llu requests %llu chunks\n",(unsigned long long)nreq,(unsigned long long)nchunk); _exit(0);} 
int main(int a,char**v){ if(a<2)return 2; signal(SIGPIPE,SIG_IGN); signal(SIGTERM,onsig);
  if(a>2)NCH=atoi(v[2]); if(a>3)DELAY=atoll(v[3]); if(a>4)FIRST=atoll(v[4]); if(a>5)UNARY=atoll(v[5]);
  if(FIRST==0&&DELAY)FIRST=DELAY;
  char txt[700]; const char*w="The quick brown fox jumps over the lazy dog and runs away. "; txt[0]=0; while(strlen(txt)+strlen(w)<560)strcat(txt,w);
  char body[2048]; int bl=sprintf(body,"{\"id\":\"chatcmpl-mock0000000000000000000000001\",\"object\":\"chat.completion\",\"created\":1763600000,\"model\":\"gpt-4.1-2025-04-14\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"%s\",\"refusal\":null,\"annotations\":[]},\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":212,\"completion_tokens\":128,\"total_tokens\":340,\"prompt_tokens_details\":{\"cached_tokens\":0,\"audio_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":0,\"audio_tokens\":0,\"accepted_prediction_tokens\":0,\"rejected_prediction_tokens\":0}},\"service_tier\":\"default\",\"system_fingerprint\":\"fp_mock\"}",txt);
  unary_len=sprintf(unary,"HTTP/1.1 200 OK\r\nDate: Thu, 20 Nov 2025 00:00:00 GMT\r\nContent-Type: application/json\r\nContent-Length: %d\r\nopenai-organization: org-mock\r\nopenai-processing-ms: 412\r\nopenai-version: 2020-10-01\r\nx-request-id: req_0123456789abcdef0123456789abcdef\r\nx-ratelimit-limit-requests: 10000\r\nx-ratelimit-remaining-requests: 9999\r\n\r\n%s",bl,body);
  prctl(PR_SET_TIMERSLACK,1); int ls=socket(AF_INET,SOCK_STREAM|SOCK_NONBLOCK,0),one=1; setsockopt(ls,SOL_SOCKET,SO_REUSEADDR,&one,4);
  struct sockaddr_in sa={.sin_family=AF_INET,.sin_port=htons(atoi(v[1])),.sin_addr.s_addr=htonl(INADDR_LOOPBACK)};
  if(bind(ls,(void*)&sa,sizeof sa)||listen(ls,4096)){perror("bind");return 1;}
  int ep=epoll_create1(0); struct epoll_event ev={.events=EPOLLIN,.data.fd=ls}; epoll_ctl(ep,EPOLL_CTL_ADD,ls,&ev);
  static struct epoll_event E[512];
  for(;;){
    struct timespec ts,*tp=NULL; if(HN){ uint64_t n=now(),d=H[1]->due>n?H[1]->due-n:0; ts.tv_sec=d/1000000000ull; ts.tv_nsec=d%1000000000ull; tp=&ts; }
    int n=epoll_pwait2(ep,E,512,tp,NULL);
    for(int i=0;i<n;i++){ int fd=E[i].data.fd; if(fd==ls){ for(int q=0;q<64;q++){ int f=accept4(ls,NULL,NULL,SOCK_NONBLOCK); if(f<0)break; if(f>=MAXC){close(f);continue;} setsockopt(f,IPPROTO_TCP,TCP_NODELAY,&one,4); conn*c=calloc(1,sizeof*c); c->fd=f; c->buf=malloc(BUF+1); C[f]=c; struct epoll_event e={.events=EPOLLIN,.data.fd=f}; epoll_ctl(ep,EPOLL_CTL_ADD,f,&e);} continue; }
      conn*c=C[fd]; if(!c)continue; int room=BUF-c->len; if(room<=0){ if(c->state==2){closec(c);} else closec(c); continue; }
      int k=recv(fd,c->buf+c->len,room,0); if(k<=0){ if(k<0&&errno==EAGAIN)continue; closec(c); continue;} c->len+=k; if(pump(c))closec(c); }
    if(HN){ uint64_t t=now(); while(HN&&H[1]->due<=t){ conn*c=H[1]; hdel(c); if(fire(c))closec(c);} }
  }
}
