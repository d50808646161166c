from django.http import HttpRequest, HttpResponse


def handle(request: HttpRequest, name: str) -> HttpResponse:
    return HttpResponse(name)
