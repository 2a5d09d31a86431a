# SPDX-License-Identifier: Apache-2.0
"""A library that speaks to models by way of the official ones: `library_chats.py LIBRARY ROUTE…`.

Chat, stream, tools and errors, at each of the routes; those that answer with errors bear the names of the simulated
provider's models.
"""

import os
import sys

URL, KEY = os.environ["RELAY"], os.environ["RELAY_KEY"]
QUESTION = "Use get_weather for Oslo."
TOOL = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["city", "days"],
}


def get_weather(city: str, days: int) -> str:
    """Tells the weather of a city."""
    return "rain"


def raises(kinds, call):
    try:
        call()
    except kinds as error:
        return error
    raise AssertionError(f"no {kinds}")


def langchain(model, bad_request, rate_limited):
    """What all chat models of LangChain do; `model(name)` makes one."""
    from langchain_core.messages import HumanMessage, SystemMessage, ToolMessage

    for route in sys.argv[2:]:
        chat = model(route)
        answer = chat.invoke([SystemMessage("Be brief."), HumanMessage("Tell me more.")])
        assert answer.text, answer
        usage = answer.usage_metadata
        assert usage["input_tokens"] > 0 and usage["output_tokens"] > 0, usage
        pieces = list(chat.stream("Tell me more."))
        whole = pieces[0]
        for piece in pieces[1:]:
            whole += piece
        assert len(pieces) > 1 and whole.text and whole.usage_metadata["output_tokens"] > 0, whole
        tooled = chat.bind_tools([get_weather], tool_choice="any")
        first = tooled.invoke(QUESTION)
        (call,) = first.tool_calls
        assert call["name"] == "get_weather" and isinstance(call["args"]["city"], str), call
        again = chat.bind_tools([get_weather]).invoke(
            [HumanMessage(QUESTION), first, ToolMessage("rain", tool_call_id=call["id"], name="get_weather")]
        )
        assert again.text, again
    raises(bad_request, lambda: model("mock-error-400").invoke("hi"))
    raises(rate_limited, lambda: model("mock-error-429").invoke("hi"))


def langchain_openai():
    import openai
    from langchain_openai import ChatOpenAI

    def model(name):
        return ChatOpenAI(base_url=f"{URL}/v1", api_key=KEY, model=name, max_retries=0, stream_usage=True)

    langchain(model, openai.BadRequestError, openai.RateLimitError)


def langchain_anthropic():
    import anthropic
    from langchain_anthropic import ChatAnthropic

    def model(name):
        return ChatAnthropic(base_url=URL, api_key=KEY, model=name, max_retries=0, max_tokens=256)

    langchain(model, anthropic.BadRequestError, anthropic.RateLimitError)


def langchain_google():
    from langchain_google_genai import ChatGoogleGenerativeAI
    from langchain_google_genai.chat_models import GoogleInvalidRequestError, GoogleRateLimitError

    def model(name):
        return ChatGoogleGenerativeAI(base_url=URL, google_api_key=KEY, model=name, max_retries=1, vertexai=False)

    langchain(model, GoogleInvalidRequestError, GoogleRateLimitError)


def litellm():
    import litellm

    litellm.suppress_debug_info = True
    tools = [{"type": "function", "function": {"name": "get_weather", "description": "w", "parameters": TOOL}}]
    ends = {"openai": f"{URL}/v1", "anthropic": URL}
    for dialect, base in ends.items():
        for route in sys.argv[2:]:
            ask = {"model": f"{dialect}/{route}", "api_base": base, "api_key": KEY, "num_retries": 0, "max_tokens": 256}
            hello = [{"role": "user", "content": "Tell me more."}]
            answer = litellm.completion(messages=hello, **ask)
            assert answer.choices[0].message.content and answer.usage.completion_tokens > 0, answer
            text = ""
            for chunk in litellm.completion(messages=hello, stream=True, **ask):
                text += chunk.choices[0].delta.content or ""
            assert text
            question = [{"role": "user", "content": QUESTION}]
            first = litellm.completion(messages=question, tools=tools, tool_choice="required", **ask)
            (call,) = first.choices[0].message.tool_calls
            assert call.function.name == "get_weather" and "city" in call.function.arguments, call
            turns = [*question, first.choices[0].message.model_dump()]
            turns.append({"role": "tool", "tool_call_id": call.id, "content": "rain"})
            again = litellm.completion(messages=turns, tools=tools, **ask)
            assert again.choices[0].message.content, again
        error = {"api_base": base, "api_key": KEY, "num_retries": 0, "max_retries": 0, "messages": hello}
        raises(litellm.BadRequestError, lambda: litellm.completion(model=f"{dialect}/mock-error-400", **error))
        raises(litellm.RateLimitError, lambda: litellm.completion(model=f"{dialect}/mock-error-429", **error))


if __name__ == "__main__":
    globals()[sys.argv[1]]()
