"""The whole site as static files, with an nginx configuration that answers as the server does.

``copy`` writes a folder; the other modules say which answers there are (``surface``), where each lies
(``places``), what the folder holds already (``folder``) and how nginx finds it (``nginx``).
"""
